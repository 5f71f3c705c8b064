"""The demo as a page in a browser: two fleets, one deployed by tag and one by lock."""
