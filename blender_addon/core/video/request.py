"""What is asked of a video pipeline, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..conventions import Bools, Floats
from ..ground.terrain import Terrain
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON
from ..motion.skeleton import Skeleton
from .camera import FilmCamera
from .settings import CameraKind, CameraSettings, FitSettings, Quality
from .tracked import LiftedBody, PersonChoice, Pin, Seen, TrackedPerson

OnSeen = Callable[[int, Floats, Floats, Seen], None]
"""Told of each picture once it was looked at: its number in the film, the (33, 2) landmarks in the
picture and their (33,) visibility, how sure it is. Called on the thread that tracks."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CameraChoice:
    """What is known of a film's camera.

    Args:
        kind: how much.
        typed: of kind TYPED.
        known: of kind SCENE: over the pictures of the part that is asked for.
    """

    kind: CameraKind = CameraKind.GUESS
    typed: CameraSettings = field(default_factory=CameraSettings)
    known: FilmCamera | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FitRequest:
    """How a skeleton is to follow a tracked and lifted person.

    Args:
        camera: what is known of it.
        settings: how.
        skeleton: whose bone lengths the person is taken to have; joints of the common names.
        pins: places set by hand.
        terrain: the ground in the world, core axes; None for level ground at height 0.
    """

    camera: CameraChoice = field(default_factory=CameraChoice)
    settings: FitSettings = field(default_factory=FitSettings)
    skeleton: Skeleton = COMMON_SKELETON
    pins: Sequence[Pin] = ()
    terrain: Terrain | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class TrackRequest:
    """What is to be found in a film.

    Args:
        first, last: pictures of the film, both included, counted from 0.
        person: which of several; None for the one that is largest where somebody is first seen.
        quality: which network finds the landmarks.
        on_seen: shows what is found while the tracker goes on; None for nobody.
    """

    first: int
    last: int
    person: PersonChoice | None = None
    quality: Quality = Quality.FULL
    on_seen: OnSeen | None = None


@dataclass(frozen=True, eq=False)
class FittedBody:
    """A skeleton that does what a person in a film did.

    Args:
        clip: T frames at the film's rate, in the world, of the skeleton that was asked for.
        camera: the one that was told, or its estimate.
        points_px: (T, 14, 2) where the skeleton's joints are in the picture.
        error_px: (T,) mean distance of these from the points that were seen; NaN where none was.
        error_torso: (T,) the same in torso lengths.
        guessed: (T,) frames that are filled in or mostly guessed.
        slip_cm_s: mean speed over the ground of feet that stand.
        notes: what the user should know.
    """

    clip: MotionClip
    camera: FilmCamera
    points_px: Floats
    error_px: Floats
    error_torso: Floats
    guessed: Bools
    slip_cm_s: float
    notes: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class VideoResult:
    """All that came of a film.

    Args:
        tracked: what was seen; keep it to solve again with other pins or settings.
        lifted: in space.
        fitted: on a skeleton.
    """

    tracked: TrackedPerson
    lifted: LiftedBody
    fitted: FittedBody
