"""Training, one readable loop."""
