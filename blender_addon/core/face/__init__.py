"""Faces: blendshapes, families of their names, what moves what."""
