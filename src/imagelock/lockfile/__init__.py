"""The lockfile `images.lock`, version 1: read, write, merge."""
