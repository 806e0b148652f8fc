"""Packs the extension for its users."""
