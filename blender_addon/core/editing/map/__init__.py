"""A map of motions: what is alike lies together."""
