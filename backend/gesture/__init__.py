"""Gestures: training networks for bodies that talk and dance to a sound, and measuring them."""
