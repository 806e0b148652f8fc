"""Live Drive: the character is steered while it walks."""
