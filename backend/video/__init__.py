"""Pose from video: films whose truth is known, training, export and measures."""
