<?php
/**
 * Plugin Name: Belfry
 * Description: A bell for every user who is signed in. Copy this file to wp-content/mu-plugins/belfry.php, and in
 *   wp-config.php define BELFRY_SECRET, the content of /etc/belfry/secret.
 */

defined('ABSPATH') || exit;
defined('BELFRY_DATABASE') || define('BELFRY_DATABASE', '/var/lib/belfry/queue/belfry.db');

/** The queue. PHP has to run as a member of the group belfry-publish. */
function belfry_queue(): PDO {
    static $queue = null;
    return $queue ??= new PDO('sqlite:' . BELFRY_DATABASE,
        options: [PDO::ATTR_TIMEOUT => 5, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

/** Rings a user, whose open pages show it at once. */
function belfry_notify(int $user, string $title, string $url = ''): void {
    belfry_queue()->prepare('INSERT INTO notifications (user_id, title, data) VALUES (?, ?, ?)')
        ->execute([(string) $user, $title, $url === '' ? null : json_encode(['url' => $url])]);
}

/** A token for a user: an HS256 JWT for an hour. */
function belfry_token(int $user, string $secret): string {
    $base64url = fn($data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
    $claims = ['sub' => (string) $user, 'iat' => time(), 'exp' => time() + 3600];
    $signed = $base64url('{"alg":"HS256","typ":"JWT"}') . '.' . $base64url(json_encode($claims, JSON_THROW_ON_ERROR));
    return $signed . '.' . $base64url(hash_hmac('sha256', $signed, $secret, true));
}

// The site's own /api/websocket/auth: whoever is signed in gets a token.
add_action('init', function () {
    if (parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH) !== '/api/websocket/auth') return;
    nocache_headers();
    header('Cache-Control: private, no-store');
    $secret = defined('BELFRY_SECRET') ? (string) BELFRY_SECRET : '';
    if (strlen($secret) < 32) {
        error_log($why = 'BELFRY_SECRET is not defined in wp-config.php, or is shorter than 32 octets');
        wp_send_json(['error' => $why], 500);
    }
    if (!is_user_logged_in()) wp_send_json(['error' => 'Unauthorized'], 401);
    wp_send_json(['token' => belfry_token(get_current_user_id(), $secret), 'expiresIn' => 3600]);
});

// The bell, on every page of a signed-in user.
add_action('wp_footer', function () {
    if (is_user_logged_in()) echo '<script type="module" src="/belfry/bell.js"></script><belfry-bell></belfry-bell>';
});

// Rings the author of a post when somebody else comments on it.
add_action('comment_post', function ($id, $approved) {
    $comment = get_comment($id);
    $post = get_post($comment->comment_post_ID);
    if ($approved !== 1 || (int) $post->post_author === (int) $comment->user_id) return;
    belfry_notify((int) $post->post_author, "$comment->comment_author wrote about “{$post->post_title}”", get_comment_link($comment));
}, 10, 2);

// After a logout, the tokens of the user are refused.
add_action('wp_logout', function ($user) {
    belfry_queue()->prepare('INSERT INTO revocations (user_id) VALUES (?)')->execute([(string) $user]);
});
