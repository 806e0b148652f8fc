"""Texts that users see, for translators: found in the add-on, checked against its tables."""
