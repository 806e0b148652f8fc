"""Walk: from a path to a motion clip."""
