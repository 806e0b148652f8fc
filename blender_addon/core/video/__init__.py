"""Pose from video: a film of a person becomes motion of a skeleton."""
