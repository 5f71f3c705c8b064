"""What `scan` and `update --scan` do."""
