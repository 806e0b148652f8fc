"""Paths and the ground they lead over."""
