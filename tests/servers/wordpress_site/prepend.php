<?php
// WordPress finds itself in the blog's own folder, where everything else is a link.
define('ABSPATH', getenv('BLOG_HOME') . '/');
