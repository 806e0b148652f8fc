"""Cleaning of captured motion: damage, filters to compare with, the network and its measures."""
