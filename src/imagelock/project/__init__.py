"""The files of a project on disk, and the image references in them."""
