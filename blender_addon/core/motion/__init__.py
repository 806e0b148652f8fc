"""Value objects of motion, and what can be computed from them."""
