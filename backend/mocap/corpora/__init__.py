"""Corpora of motion in the layouts they are distributed in."""
