"""Four-legged armatures: read, keyed and measured."""
