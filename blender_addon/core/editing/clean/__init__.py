"""Cleaning of captured motion: spikes, holes, jitter and sliding feet."""
