<?php // A PHP site's own /api/websocket/auth: its session goes in, a token for Belfry comes out.
session_start();
header('Content-Type: application/json');
header('Cache-Control: private, no-store');
if (!isset($_SESSION['user_id'])) { http_response_code(401); exit('{"error":"Unauthorized"}'); }
$base64url = fn($data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
$claims = ['sub' => (string) $_SESSION['user_id'], 'iat' => time(), 'exp' => time() + 3600];
$signed = $base64url('{"alg":"HS256","typ":"JWT"}') . '.' . $base64url(json_encode($claims));
$token = $signed . '.' . $base64url(hash_hmac('sha256', $signed, getenv('AUTH_SECRET'), true));
echo json_encode(['token' => $token, 'expiresIn' => 3600]);
