"""Makes the body of the demo characters from its published sources."""
