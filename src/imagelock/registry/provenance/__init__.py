"""Provenance attestations, as BuildKit puts them into the index of an image."""
