"""Styles of walking: their encoder, and what of them goes into a model's contract."""
