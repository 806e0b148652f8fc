"""Gestures: bodies that talk and dance to a sound, without Blender."""
