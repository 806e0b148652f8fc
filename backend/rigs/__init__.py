"""Rigs of every kind, and how well a walk fits them."""
