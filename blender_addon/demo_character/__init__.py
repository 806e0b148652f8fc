"""People to try everything on, different for every seed: made of one measured human body."""
