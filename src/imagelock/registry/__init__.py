"""Talk to registries: the only part of imagelock that opens a connection."""
