"""Measures of a speaking face, and pictures of it."""
