"""The Python API: what the command line does, as methods of a project."""
