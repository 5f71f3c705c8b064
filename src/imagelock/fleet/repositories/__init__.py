"""Repositories of a fleet, and the lockfiles in them."""
