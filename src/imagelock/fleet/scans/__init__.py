"""Scans of what a fleet locks."""
