"""Trains and measures what takes motion from a film."""
