"""A token for Belfry, made by a Python application with what Python brings."""
import base64, hashlib, hmac, json, os, time

def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def belfry_token(user_id, lifetime=3600):
    """For whoever the application's session says. Nobody is signed in: answer 401 and do not call this."""
    secret = os.environ.get("AUTH_SECRET", "").encode()
    if len(secret) < 32:
        raise RuntimeError("AUTH_SECRET is not in this program's environment, or is shorter than 32 octets")
    if user_id in (None, "") or isinstance(user_id, (bool, float)):
        raise ValueError(f"a token needs the id of a user, and {user_id!r} is none")
    now = int(time.time())
    claims = {"sub": str(user_id), "iat": now, "exp": now + lifetime}
    signed = base64url(b'{"alg":"HS256","typ":"JWT"}') + "." + base64url(json.dumps(claims).encode())
    mac = hmac.new(secret, signed.encode(), hashlib.sha256)
    return signed + "." + base64url(mac.digest())
