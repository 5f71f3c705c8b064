"""YAML and JSON: text to trees that know every place."""
