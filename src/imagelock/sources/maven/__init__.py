"""Images in projects of Maven."""
