"""Recorded motion: formats and sources."""
