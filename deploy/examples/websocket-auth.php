<?php // A PHP site's own /api/websocket/auth: its session goes in, a token for Belfry comes out.
function answer(int $status, array $body): never {
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: private, no-store');
    exit(json_encode($body));
}
function refuse(string $why): never { error_log($why); answer(500, ['error' => $why]); }

$secret = (string) getenv('AUTH_SECRET');
if (strlen($secret) < 32) refuse('AUTH_SECRET is not set for PHP, or shorter than 32 octets: php-fpm clears the'
    . ' environment, so set it in its pool (env[AUTH_SECRET] = ...) or by fastcgi_param, and restart it');
if (isset($_COOKIE[session_name()]) && !@session_start(['read_and_close' => true]))
    refuse('the session cannot be read: look at session.save_path and who may read it');
$user = $_SESSION['user_id'] ?? null;
if (!is_int($user) && (!is_string($user) || $user === '')) answer(401, ['error' => 'Unauthorized']);

$base64url = fn($data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
$claims = ['sub' => (string) $user, 'iat' => time(), 'exp' => time() + 3600];
$signed = $base64url('{"alg":"HS256","typ":"JWT"}') . '.' . $base64url(json_encode($claims, JSON_THROW_ON_ERROR));
$token = $signed . '.' . $base64url(hash_hmac('sha256', $signed, $secret, true));
answer(200, ['token' => $token, 'expiresIn' => 3600]);
