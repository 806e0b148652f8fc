"""Which poses of a motion an animator has keyed: all between is there to be filled."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender import compat
from ...blender.keys.beneath import PLACING
from ...blender.paths import bone_of_path
from ...core.conventions import Bools
from ...core.errors import SettingsError
from .chosen import columns_of

Array = NDArray[np.float64]
_COLUMNS: Final = 23
_WHOLE_FRAME: Final = 1e-3


def keyed_frames(
    armature: bpy.types.Object, joints: Mapping[str, tuple[str, ...]], carriers: tuple[str, ...]
) -> list[set[float]]:
    """Frames on which keys tell of the hips' place and of each of the 22 joints.

    Args:
        armature: whose active action counts.
        joints: common joints by bone.
        carriers: bones above the hips, which carry them as the object does.
    """
    found: list[set[float]] = [set() for _ in range(_COLUMNS)]
    for curve in compat.fcurves_of(armature):
        bone, _, name = bone_of_path(curve.data_path), "", curve.data_path.rpartition(".")[2]
        if curve.mute or name not in PLACING:
            continue
        columns = columns_of(joints, bone, moves=name == "location")
        if not bone or bone in carriers:
            columns = [0, 1]
        frames = {float(key.co[0]) for key in curve.keyframe_points} if columns else set()
        for column in columns:
            found[column] |= frames
    return found


def known_by_keys(keyed: list[set[float]], frames: Array, over: int, action: str) -> Bools:
    """(T, 23) what is known of each frame: what is keyed, and what lies in a short gap.

    A joint without keys of its own is known where anything is keyed.

    Args:
        keyed: frames by column, from ``keyed_frames``.
        frames: (T,) whole frames.
        over: longer gaps than this are there to be filled, frames without a key.
        action: its name.

    Raises:
        SettingsError: there are no two keys, or no such gap.
    """
    every = set().union(*keyed)
    if len(every) < 2:
        told = "one key alone" if every else "no key of the body"
        raise SettingsError(
            f"the action '{action}' has {told}; at least two poses are needed, one before and one "
            "after what is filled. Key another pose"
        )
    known = np.ones((len(frames), _COLUMNS), bool)
    for column, own in enumerate(keyed):
        places = np.array(sorted(own or every))
        for before, after in pairwise(places.tolist()):
            between = (frames > before + _WHOLE_FRAME) & (frames < after - _WHOLE_FRAME)
            if np.count_nonzero(between) > over:
                known[between, column] = False
    if known.all():
        widest = max(after - before for before, after in pairwise(sorted(every)))
        raise SettingsError(
            f"no gap between the keys of '{action}' has more than {over} frames; the longest has "
            f"{max(widest - 1, 0):.0f}. Set a smaller number, or choose a range of frames"
        )
    return known


def known_outside(frames: Array, first: int, last: int) -> Bools:
    """(T, 23) all that does not lie between two frames, which are both known themselves."""
    between = (frames > first) & (frames < last)
    return np.repeat(~between[:, None], _COLUMNS, axis=1)
