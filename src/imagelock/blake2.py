"""BLAKE2b without `hashlib`, which loads OpenSSL for the hashes that are not used here."""

from __future__ import annotations

__all__ = ["blake2b"]

try:
    from _blake2 import blake2b
except ImportError:  # another implementation of Python
    from hashlib import blake2b
