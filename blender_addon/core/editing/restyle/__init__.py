"""Restyle: the same steps in the manner of another motion."""
