"""The capabilities there are: the one line that a new one adds to what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .errors import RegistryError


@dataclass(frozen=True)
class Capability:
    """Something a character can learn to do.

    Args:
        name: of its packages, commands and pages.
        title: in the interface.
        models: by what they are for, in the order in which they run: the one that is usual.
    """

    name: str
    title: str
    models: Mapping[str, str]

    @property
    def tasks(self) -> tuple[str, ...]:
        """What its models are for."""
        return tuple(self.models)


CAPABILITIES: Final = (
    Capability("walk", "Walk", {"locomotion": "locomotion_biped"}),
    Capability(
        "gaze",
        "Gaze",
        {"gaze_behaviour": "gaze_behaviour", "gaze_eye_head": "gaze_eye_head"},
    ),
    Capability(
        "speech",
        "Speech",
        {
            "speech_encoder": "speech_encoder",
            "phone_evidence": "phone_evidence",
            "speech_face": "speech_face",
        },
    ),
    Capability(
        "gesture",
        "Gesture",
        {"gesture_prior": "gesture_prior", "dance": "dance_controller"},
    ),
    Capability("perform", "Perform", {}),
    Capability(
        "editing",
        "Motion",
        {
            "motion_filler": "motion_filler",
            "motion_prior": "motion_prior",
            "motion_prior_decoder": "motion_prior_decoder",
            "motion_cleaner": "motion_cleaner",
            "manifold_2016": "manifold_2016",
            "manifold_2016_decoder": "manifold_2016_decoder",
            "manifold_2016_gradient": "manifold_2016_gradient",
            "manifold_2016_control": "manifold_2016_control",
        },
    ),
    Capability("quadruped", "Quadruped", {"quadruped": "quadruped_controller"}),
    Capability(
        "video",
        "Video",
        {
            "person_detector": "person_detector",
            "body_landmarks": "body_landmarks_full",
            "body_landmarks_lite": "body_landmarks_lite",
            "pose_lifter": "pose_lifter",
        },
    ),
    Capability(
        "physics",
        "Physics",
        {"physics_footsteps": "physics_footsteps", "physics_policy": "physics_policy"},
    ),
)


TASKS: Final = tuple(task for each in CAPABILITIES for task in each.tasks)


def usual_model(task: str) -> str:
    """Name of the model that runs where no other is chosen.

    Raises:
        RegistryError: no capability has a model for that.
    """
    for each in CAPABILITIES:
        if task in each.models:
            return each.models[task]
    raise RegistryError(
        f"no capability has a model for '{task}'; there are models for {', '.join(TASKS)}. Name "
        "one of these, or add the task to core/capabilities.py"
    )
