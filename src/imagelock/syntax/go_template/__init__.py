"""Go's text templates, as trees."""
