"""In-betweening: the filler's network, its training and its measures."""
