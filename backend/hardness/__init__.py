"""The tests that try to break things, at full size, and what they count."""
