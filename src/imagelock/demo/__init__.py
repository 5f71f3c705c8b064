"""An in-memory registry, and the guided demo that runs against it."""
