"""Results of scans, in each format."""
