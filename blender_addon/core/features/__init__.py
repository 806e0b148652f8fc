"""Features computed the same way in training and in the scene."""
