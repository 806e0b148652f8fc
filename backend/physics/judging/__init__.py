"""Judging recorded poses: independent of what the simulation says of itself."""
