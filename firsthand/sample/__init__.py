"""The sample office: Ada Ferrer's mailbox and her hands' drafts, all written for this project."""
