"""Scan locked images for vulnerabilities: what scanners report, and how it is judged."""
