"""How natural a motion is, and how it looks."""
