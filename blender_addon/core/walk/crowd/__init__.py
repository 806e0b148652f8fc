"""Several characters at once: how they differ, and how their ways keep apart."""
