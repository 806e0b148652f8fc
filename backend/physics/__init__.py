"""Figures with weight: what the policy learns from, and how all of it is judged."""
