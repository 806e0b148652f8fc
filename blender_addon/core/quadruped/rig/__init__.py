"""Four-legged rigs: what their bones are, and how they follow the common skeleton."""
