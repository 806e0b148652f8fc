"""``export video``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

command = ChosenCommand(
    "video",
    {
        "lifter": "backend.video.lifter.export",
        "detector": "backend.video.tflite.export_detector",
        "landmarks_full": "backend.video.tflite.export_landmarks_full",
        "landmarks_lite": "backend.video.tflite.export_landmarks_lite",
    },
    "Export a network of pose from video.",
)
