"""Images in pipelines of Jenkins."""
