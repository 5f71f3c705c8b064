"""Parsers that keep every position and know nothing of images."""
