"""Shape keys of a character."""
