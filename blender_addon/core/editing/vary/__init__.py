"""Variants of a motion: the same actions, as the same person would do them another time."""
