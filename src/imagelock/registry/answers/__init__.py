"""What registries answered, in files: asked once, and used by many runs."""
