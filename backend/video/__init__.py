"""Pose from video: training, measures, test films."""
