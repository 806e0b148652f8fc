"""The network that dances in time."""
