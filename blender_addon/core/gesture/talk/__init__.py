"""Talking with the hands: beat gestures on the accents of a voice."""
