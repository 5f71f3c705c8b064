"""The database of a fleet."""
