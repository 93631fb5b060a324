<?php
// Makes the blog and its owner; says the owner's application password.
$blog = json_decode(file_get_contents(getenv('BLOG_HOME') . '/settings.json'), true);
$database = new mysqli('localhost', 'blog', '', '', 0, $blog['home'] . '/db.sock');
$database->query('CREATE DATABASE blog CHARACTER SET utf8mb4');
$database->close();
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:' . $blog['port'];
require ABSPATH . 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Ada writes', 'ada', 'ada@ada.example', true, '', wp_generate_password());
wp_update_user(['ID' => 1, 'display_name' => 'Ada Ferrer', 'nickname' => 'Ada']);
update_option('permalink_structure', '/%postname%/');
update_option('comment_previously_approved', 0);
update_option('comment_moderation', 0);
update_option('default_pingback_flag', 0);
flush_rewrite_rules(false);
wp_delete_comment(1, true);
echo WP_Application_Passwords::create_new_application_password(1, ['name' => 'firsthand'])[0];
