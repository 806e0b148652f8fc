"""A figure with weight that follows a motion: simulated, pushed, falling."""
