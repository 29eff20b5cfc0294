<?php // A Laravel site's own /api/websocket/auth: for routes/web.php, since those of api.php have no session.
// In config/services.php: 'belfry' => ['secret' => env('AUTH_SECRET')], since env() is empty elsewhere
// once `php artisan config:cache` has run.
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Route;

Route::get('/api/websocket/auth', function (Request $request) {
    $headers = ['Cache-Control' => 'private, no-store'];
    $secret = (string) config('services.belfry.secret');
    if (strlen($secret) < 32) {
        logger()->error($why = 'services.belfry.secret is not set, or shorter than 32 octets: look at AUTH_SECRET in .env');
        return response()->json(['error' => $why], 500, $headers);
    }
    if (!$request->user()) return response()->json(['error' => 'Unauthorized'], 401, $headers);
    $base64url = fn ($data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
    $claims = ['sub' => (string) $request->user()->getAuthIdentifier(), 'iat' => time(), 'exp' => time() + 3600];
    $signed = $base64url('{"alg":"HS256","typ":"JWT"}') . '.' . $base64url(json_encode($claims, JSON_THROW_ON_ERROR));
    $token = $signed . '.' . $base64url(hash_hmac('sha256', $signed, $secret, true));
    return response()->json(['token' => $token, 'expiresIn' => 3600], 200, $headers);
});
