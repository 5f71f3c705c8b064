"""What other programs stored to log in to registries, found where they keep it."""
