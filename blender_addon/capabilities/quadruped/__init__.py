"""Quadruped: draw a path, and an animal goes along it."""
