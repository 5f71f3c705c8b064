"""Files of CI systems, one module each."""
