"""The report as a page: HTML in a single file, which asks nothing of any server."""
