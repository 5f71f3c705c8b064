"""The lockfile `images.lock`, version 1: its model, and TOML in and out."""
