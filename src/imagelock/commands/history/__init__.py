"""What `history` and `report` know from git."""
