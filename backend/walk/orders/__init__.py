"""Walks for others: ordered as a file, written as a folder of clips."""
