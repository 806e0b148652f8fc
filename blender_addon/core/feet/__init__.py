"""Feet: when they touch the ground, and how they stay put."""
