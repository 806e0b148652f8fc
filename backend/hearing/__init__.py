"""Encoders of speech: pretrained networks that turn sound into vectors, loaded and exported."""
