"""Slash commands, the same in every front end."""
