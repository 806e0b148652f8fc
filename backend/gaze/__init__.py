"""Gaze: data, networks, training, export, evaluation."""
