"""The servers that serve a repository: the registry and its mirrors."""
