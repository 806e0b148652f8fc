"""The room in which people meet: its walls and furniture, and the cameras in it."""
