"""Recordings as an encoder hears them: what the networks on its vectors learn from."""
