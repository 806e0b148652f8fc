"""A real Blender with its window, driven by scripts: for tests that click, and for the manual."""
