"""Performing: nothing is trained here; how long it takes is measured."""
