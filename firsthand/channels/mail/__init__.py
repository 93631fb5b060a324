"""E-mail: IMAP and files in, SMTP out, MIME between (RFC 5322, 2045, 9051, 5321)."""
