"""What others wrote about pages of ours: comments and webmentions, from files."""
