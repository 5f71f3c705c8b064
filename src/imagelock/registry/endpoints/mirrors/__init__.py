"""Mirrors in the settings of other container programs."""
