"""Data sets, one preparation module each."""
