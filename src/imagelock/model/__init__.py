"""Values that everything else is made of: no I/O, no file format."""
