"""Answers about a fleet, in each format."""
