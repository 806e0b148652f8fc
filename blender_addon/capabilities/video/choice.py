"""What the user chose of a character's motion from a film, as the scene is read by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import bpy

from ...blender.declared import values_of
from ...blender.film.choice import FilmChoice, FilmSource
from ...blender.rig.pose import RootMotion
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbMode, LimbModes
from ...core.video.points import JOINTS
from ...core.video.settings import (
    CameraKind,
    CameraSettings,
    DetailSettings,
    FitSettings,
    Quality,
)


class At(Enum):
    """Where the motion happens in the scene."""

    CAMERA = "CAMERA"
    """Where the person is as seen from the film's camera."""
    CHARACTER = "CHARACTER"
    """It begins where the character stands, and looks where the character looks."""


@dataclass(frozen=True)
class PersonPick:
    """A point of one picture under which the person is.

    Args:
        frame: of the film, counted from 0.
        x, y: 0 … 1 from the left and the upper edge of the picture.
    """

    frame: int
    x: float
    y: float


@dataclass(frozen=True)
class PinPlace:
    """A joint's place in one picture.

    Args:
        frame: of the film, counted from 0.
        joint: index in ``core.video.points.JOINTS``.
        x, y: 0 … 1 from the left and the upper edge of the picture.
    """

    frame: int
    joint: int
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class VideoChoice:
    """What the user chose for one character.

    Args:
        armature: who does as the person in the film.
        film: which.
        person: which of several; None for the one that is largest where somebody is first seen.
        quality: which network finds the landmarks.
        camera_kind: what is known of the camera.
        camera: as it is typed in.
        scene_camera: that took the film; None for the scene's own.
        ground: mesh that the person stands on; None for level ground at height 0.
        settings: how the skeleton follows.
        pins: places set by hand.
        at: where the motion happens.
        root_motion, limbs: what gets keys.
        fingers: whether they move, too.
        empties: an empty for each joint, too.
    """

    armature: bpy.types.Object | None
    film: FilmChoice = field(default_factory=FilmChoice)
    person: PersonPick | None = None
    quality: Quality = Quality.FULL
    camera_kind: CameraKind = CameraKind.GUESS
    camera: CameraSettings = field(default_factory=CameraSettings)
    scene_camera: bpy.types.Object | None = None
    ground: bpy.types.Object | None = None
    settings: FitSettings = field(default_factory=FitSettings)
    pins: tuple[PinPlace, ...] = ()
    at: At = At.CHARACTER
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    fingers: bool = True
    empties: bool = False


def film_choice(film: Any) -> FilmChoice:
    """What a ``NEURALMOTION_PG_video_film`` says."""
    source = FilmSource(film.source)
    return FilmChoice(
        source=source,
        path=film.sequence if source is FilmSource.SEQUENCE else film.file,
        clip="" if film.clip is None else film.clip.name,
        strip=film.strip,
        sequence_rate_hz=film.sequence_rate,
        start_frame=film.start_frame,
        frame_range=(film.first_frame, film.last_frame) if film.use_range else None,
    )


def video_choice(armature: bpy.types.Object) -> VideoChoice:
    """A character's choices.

    Args:
        armature: that keeps them.
    """
    chosen: Any = armature.neural_motion.video
    picked = chosen.person
    return VideoChoice(
        armature=armature,
        film=film_choice(chosen.film),
        person=PersonPick(picked.frame, picked.x, picked.y) if picked.is_chosen else None,
        quality=Quality(chosen.quality),
        camera_kind=CameraKind(chosen.camera_kind),
        camera=CameraSettings(**values_of(chosen, CameraSettings)),
        scene_camera=chosen.scene_camera,
        ground=chosen.ground,
        settings=FitSettings(**values_of(chosen, FitSettings)),
        pins=tuple(PinPlace(p.frame, JOINTS.index(p.joint), p.x, p.y) for p in chosen.pins),
        at=At(chosen.at),
        root_motion=RootMotion(chosen.root_motion),
        limbs=LimbModes(LimbMode(chosen.legs), LimbMode(chosen.arms)),
        fingers=DetailSettings(**values_of(chosen, DetailSettings)).fingers,
        empties=chosen.result.empties,
    )
