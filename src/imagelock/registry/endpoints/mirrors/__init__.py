"""Mirrors as the settings of container programs name them."""
