"""The scanners: how each is run. Their reports are read by `scanning.reports`."""
