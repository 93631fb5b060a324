<?php
// Runs the code that it is given inside the blog, as an administrator would; says what it returns.
$asked = json_decode(file_get_contents('php://stdin'), true);
require ABSPATH . 'wp-load.php';
wp_set_current_user(1);
$given = $asked['given'];
echo json_encode(eval($asked['code']));
