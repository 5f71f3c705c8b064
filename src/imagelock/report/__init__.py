"""Findings, changes and lists as text: one pure function a kind and format."""
