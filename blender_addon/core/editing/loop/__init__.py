"""Loop: a motion becomes a cycle."""
