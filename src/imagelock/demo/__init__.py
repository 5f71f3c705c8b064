"""A registry in memory, and the guided tour that runs on it."""
