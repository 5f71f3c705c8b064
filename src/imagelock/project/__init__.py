"""The files of a project on disk, and what they name."""
