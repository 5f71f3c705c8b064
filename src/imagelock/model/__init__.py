"""Values that all other packages use: no I/O, no file formats."""
