"""What `lock` and `verify` do with signatures."""
