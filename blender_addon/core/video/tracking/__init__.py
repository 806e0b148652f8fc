"""Finds people in the pictures of a film and follows one of them."""
