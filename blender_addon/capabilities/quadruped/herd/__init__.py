"""Several animals in one batch."""
