"""A token for Belfry, made by a Python application with what Python brings."""
import base64, hashlib, hmac, json, os, time

def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def belfry_token(user_id, lifetime=3600):
    now = int(time.time())
    claims = {"sub": str(user_id), "iat": now, "exp": now + lifetime}
    signed = base64url(b'{"alg":"HS256","typ":"JWT"}') + "." + base64url(json.dumps(claims).encode())
    mac = hmac.new(os.environ["AUTH_SECRET"].encode(), signed.encode(), hashlib.sha256)
    return signed + "." + base64url(mac.digest())
