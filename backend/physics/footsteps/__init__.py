"""Scenes on which footsteps are judged, and the network that learns to choose them."""
