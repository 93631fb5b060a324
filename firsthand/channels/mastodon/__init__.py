"""Mastodon and what speaks its API: GoToSocial, Pleroma, snac and others."""
