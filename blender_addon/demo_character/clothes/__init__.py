"""Clothes cut from the second skin: shirts, trousers, skirts, belts and shoes."""
