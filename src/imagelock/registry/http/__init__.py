"""HTTP transports: TLS, retries, limits and deadlines."""
