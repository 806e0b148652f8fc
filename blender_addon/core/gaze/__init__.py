"""Gaze: from targets and voices to eyes, head and lids."""
