"""Curves to walk along and meshes to walk on."""
