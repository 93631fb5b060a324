<?php
// What a blog on the internet would be spared: many comments at once, and a neighbour on this machine.
remove_all_filters('wp_is_comment_flood');
remove_all_filters('check_comment_flood');
add_filter('wp_is_comment_flood', '__return_false', 99);
add_filter('http_request_host_is_external', '__return_true');
add_filter('http_allowed_safe_ports', fn ($ports, $host, $url) => [...$ports, (int) parse_url($url, PHP_URL_PORT)], 10, 3);
