"""Gestures and dances: data, networks, training and measures."""
