<?php // Rings a user: php notify.php DATABASE USER TITLE. One INSERT, any process, PDO.
PHP_SAPI === 'cli' || exit('No page: a web server would take $argv from the address.');
[, $database, $user, $title] = $argv;
$queue = new PDO("sqlite:$database", options: [PDO::ATTR_TIMEOUT => 5, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$queue->prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)')->execute([$user, $title]);
