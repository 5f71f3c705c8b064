"""Parsers that keep every position and know nothing about images."""
