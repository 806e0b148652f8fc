"""Gestures: data, training, export and measures."""
