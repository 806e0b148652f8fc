"""Models as the user has chosen them."""
