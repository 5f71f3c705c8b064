"""Rules about which images may be used, a module each."""
