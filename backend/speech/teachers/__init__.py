"""What the speech networks learn from: recordings and synthetic speech."""
