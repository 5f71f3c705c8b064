"""Evaluate the templates of a chart, as far as its values decide what they write."""
