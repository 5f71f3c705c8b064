"""HCL and its JSON form: parsers to trees that have every position."""
