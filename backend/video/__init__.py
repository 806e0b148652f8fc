"""Pose from video: networks, data and measures."""
