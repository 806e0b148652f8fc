"""Measures of generated motion, each with its command."""
