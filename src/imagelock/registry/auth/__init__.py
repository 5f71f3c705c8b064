"""Authentication: challenges, tokens and stored credentials."""
