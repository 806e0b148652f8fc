"""Gestures and dances: preparing, training, exporting and measuring their models."""
