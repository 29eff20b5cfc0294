<?php // Rings a user: php notify.php DATABASE USER TITLE. One INSERT, any process, PDO.
[, $database, $user, $title] = $argv;
$queue = new PDO("sqlite:$database", options: [PDO::ATTR_TIMEOUT => 5, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$queue->prepare('INSERT INTO notifications (user_id, title) VALUES (?, ?)')->execute([$user, $title]);
