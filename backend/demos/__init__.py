"""Demos: each makes a scene, films it and measures it."""
