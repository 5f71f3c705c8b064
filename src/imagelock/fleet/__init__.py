"""Many repositories: what they lock, in a database, and questions to it."""
