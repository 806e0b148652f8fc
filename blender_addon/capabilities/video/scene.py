"""Lets a character do what a person in a film does: read the scene, write the keys."""

from __future__ import annotations

import bpy

from ...core.errors import FilmError
from ...core.inference.choice import ModelChoice
from .choice import VideoChoice
from .job import VideoJob, VideoMotion


def read(
    context: bpy.types.Context, choice: VideoChoice, models: ModelChoice | None = None
) -> VideoJob:
    """Read rig, film and camera from the scene, and check all of it; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    raise FilmError("films cannot be read yet")


def write(context: bpy.types.Context, job: VideoJob, motion: VideoMotion) -> None:
    """Write motion as an action or a strip; on any error nothing is changed.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    raise FilmError("motion cannot be written yet")
