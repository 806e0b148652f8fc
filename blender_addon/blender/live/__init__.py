"""Somebody steered in the viewport: what is shown, and what the operators share."""
