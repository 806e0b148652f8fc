"""What cannot be filled, said in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...errors import ClipError, PathError, SettingsError, SkeletonError
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...settings import declared
from .features import CHANNELS
from .settings import FillSettings
from .spans import find_gaps

FASTEST_NOTED: Final = 0.7
"""Of the top speed: from here on the user is told."""
_PATH_END_M: Final = 0.5


def read_known(clip: MotionClip, known: Bools, first_frame: int = 0) -> Bools:
    """What is known of a clip, checked, as (T, 1 + J).

    Args:
        clip: of the common skeleton.
        known: (T,) of whole frames, or (T, 1 + J) with the root's position first.
        first_frame: number of the clip's first frame, for what is said.

    Raises:
        SkeletonError: the clip has other joints.
        ClipError: the shape is another, or too little is known.
    """
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise SkeletonError(
            f"expected the {COMMON_SKELETON.joint_count} joints of the common skeleton; found "
            f"{clip.skeleton.joint_count}; retarget the clip first"
        )
    known = np.asarray(known, bool)
    if known.shape == (clip.frame_count,):
        known = np.repeat(known[:, None], CHANNELS, axis=1)
    if known.shape != (clip.frame_count, CHANNELS):
        raise ClipError(
            f"expected what is known as ({clip.frame_count},) or ({clip.frame_count}, {CHANNELS}) "
            f"flags; found {known.shape}"
        )
    _check_enough(known, first_frame)
    return known


def _check_enough(known: Bools, first_frame: int) -> None:
    if known.all():
        return
    whole = np.flatnonzero(known.any(axis=1))
    if not len(whole):
        raise ClipError("no pose is known; Fill needs two at least: set keys, or leave frames out")
    if len(whole) == 1:
        raise ClipError(
            f"only frame {first_frame + whole[0]} is known; Fill needs two poses at least: add "
            "another key"
        )
    never = np.flatnonzero(~known.any(axis=0))
    if len(never):
        names = ("the hips' position", *COMMON_SKELETON.names)
        raise ClipError(
            f"{', '.join(names[each] for each in never)} is missing in every frame; Fill needs it "
            "in two frames at least: mark it as missing only where it is"
        )


def check_settings(settings: FillSettings) -> None:
    """Refuse settings out of range.

    Raises:
        SettingsError: says which.
    """
    for each in declared(settings):
        if not isinstance(each.default, bool):
            each.check(getattr(settings, each.field))


def check_variant(variant: int) -> None:
    """Refuse a variant below 0.

    Raises:
        SettingsError: it is.
    """
    if variant < 0:
        raise SettingsError(f"a variant is numbered from 0 on; found {variant}")


def check_speeds(
    clip: MotionClip,
    known: Bools,
    settings: FillSettings,
    first_frame: int = 0,
    path: Floats | None = None,
) -> tuple[str, ...]:
    """Refuse hips that would have to fly; tell of those that would have to hurry.

    Args:
        clip: T frames.
        known: (T, 1 + J).
        settings: with the top speed.
        first_frame: number of the clip's first frame, for what is said.
        path: (T, 3) that the hips go along, which may be a longer way than the straight one.

    Raises:
        ClipError: says how far, in how many frames, and how fast.
    """
    notes = []
    for start, stop in find_gaps(known[:, :1]):
        if start == 0 or stop == len(known):
            continue
        ends = clip.root_positions[[start - 1, stop]].astype(np.float64)
        far, frames = float(np.linalg.norm(ends[1] - ends[0])), stop - start + 1
        if path is not None:
            steps = np.diff(path[start - 1 : stop + 1, [0, 2]].astype(np.float64), axis=0)
            far = max(far, float(np.linalg.norm(steps, axis=1).sum()))
        speed = far * clip.frame_rate_hz / frames
        told = f"{far:.1f} m in {frames} frames ({speed:.1f} m/s)"
        before, after = first_frame + start - 1, first_frame + stop
        if speed > settings.top_speed_m_s:
            raise ClipError(
                f"the hips would have to go {told} between frames {before} and {after}; expected "
                f"at most {settings.top_speed_m_s:g} m/s: move the poses apart in time or together "
                f"in space{', choose a shorter path' if path is not None else ''}, or raise Top "
                "Speed"
            )
        if speed > FASTEST_NOTED * settings.top_speed_m_s:
            notes.append(f"The hips go {told} from frame {before}: very fast")
    return tuple(notes)


def read_path(
    clip: MotionClip, known: Bools, path: Floats | None, first_frame: int = 0
) -> Floats | None:
    """A path of the hips, checked against the poses that are known.

    Args:
        clip: T frames.
        known: (T, 1 + J).
        path: (T, 3) metres, where the hips are to go; None for nowhere.
        first_frame: number of the clip's first frame, for what is said.

    Raises:
        PathError: another number of places, one that is no number, or the path contradicts a pose.
    """
    if path is None:
        return None
    path = np.asarray(path, np.float32)
    if path.shape != (clip.frame_count, 3) or not np.isfinite(path).all():
        raise PathError(
            f"expected a path with a place for each of {clip.frame_count} frames, all of them "
            f"numbers; found {path.shape}"
        )
    for start, stop in find_gaps(known[:, :1]):
        for frame in (start - 1, stop):
            if 0 <= frame < len(path):
                _check_meets(clip, path, frame, first_frame)
    return path


def _check_meets(clip: MotionClip, path: Floats, frame: int, first_frame: int) -> None:
    far = float(np.linalg.norm((path - clip.root_positions)[frame, [0, 2]]))
    if far > _PATH_END_M:
        raise PathError(
            f"the path contradicts the pose at frame {first_frame + frame}: there it is "
            f"{far:.2f} m from the hips; expected at most {_PATH_END_M:g} m: let the path pass "
            "the poses, or move them"
        )
