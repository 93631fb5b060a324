<?php
$blog = json_decode(file_get_contents(getenv('BLOG_HOME') . '/settings.json'), true);
define('DB_NAME', 'blog');
define('DB_USER', 'blog');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . $blog['home'] . '/db.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', $name . $blog['salt']);
    define($name . '_SALT', $name . '.' . $blog['salt']);
}
define('WP_HOME', 'http://127.0.0.1:' . $blog['port']);
define('WP_SITEURL', WP_HOME);
define('WP_CONTENT_DIR', $blog['home'] . '/wp-content');
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over http
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
