# A Rails site's own /api/websocket/auth. In config/routes.rb:
#
#     get "api/websocket/auth", to: "websocket_auth#show"
#
# `current_user` is whoever the site's sign-in says: Devise has it, and so has Rails' own generator.
require "openssl"
require "base64"
require "json"

class WebsocketAuthController < ApplicationController
  # Both would answer a page that is not signed in with a redirection to one that is HTML.
  skip_before_action :authenticate_user!, raise: false
  skip_before_action :require_authentication, raise: false

  def show
    response.headers["Cache-Control"] = "private, no-store"
    secret = ENV.fetch("AUTH_SECRET", "")
    if secret.bytesize < 32
      why = "AUTH_SECRET is not in this server's environment, or is shorter than 32 octets"
      logger.error(why)
      return render json: { error: why }, status: :internal_server_error
    end
    return render json: { error: "Unauthorized" }, status: :unauthorized unless current_user

    render json: { token: token(current_user.id, secret), expiresIn: 3600 }
  end

  private

  def token(id, secret)
    base64url = ->(data) { Base64.urlsafe_encode64(data, padding: false) }
    claims = { sub: id.to_s, iat: Time.now.to_i, exp: Time.now.to_i + 3600 }
    signed = [base64url.('{"alg":"HS256","typ":"JWT"}'), base64url.(JSON.generate(claims))].join(".")
    [signed, base64url.(OpenSSL::HMAC.digest("SHA256", secret, signed))].join(".")
  end
end
