"""Live drive: an animal steered in the viewport."""
