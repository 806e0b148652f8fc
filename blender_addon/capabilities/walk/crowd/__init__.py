"""Several characters that walk in one batch."""
