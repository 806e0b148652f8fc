"""Sounds of the scene: files and strips of the sequencer."""
