"""What `pin`, `unpin` and `update --bump` write into files."""
