"""Connect: one motion goes over into another."""
