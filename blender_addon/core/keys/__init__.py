"""Keys: how few show the same motion."""
