"""Speech: from a sound to a face."""
