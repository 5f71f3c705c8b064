"""Who signed an image: find signatures, verify them, compare with who signed before."""
