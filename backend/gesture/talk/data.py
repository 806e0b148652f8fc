"""Recordings of people and characters whose hands signal or talk.

Chosen by looking at each clip. Used: signals (directing traffic, a referee's signals), the two
talking loops, greeting, refusing. Left out: dance (arms overhead, the trunk bent by 40 degrees),
washing and wiping (hands on things), laughing (swings overhead while walking), listening with a
hand on the hip, a shrug held overhead, reaching for things (elbows twisted).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.common_clips import read_common_clip
from backend.mocap.source import CMU
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.gesture.talk.upper_body import (
    ARM_PARTS,
    RATE_HZ,
    REST,
    TRUNK_PART,
    upper_body_of,
)
from blender_addon.core.inference.contract import DataSource
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    twist_about,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.joint_names import find_common_joints

CC0 = DataSource(
    "Universal Animation Library and Mesh2Motion animations",
    "CC0-1.0",
    "Quaternius (quaternius.com) and the Mesh2Motion project; nothing is asked for",
)
SOURCES: Final = (CMU, CC0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Chosen:
    """A clip, its part, and the seconds of it that are used."""

    path: str
    split: str
    start_s: float = 0.0
    stop_s: float = 1e9


_ONE_TURN_S = 2.92
CHOSEN: Final = (
    _Chosen("cmu/expmap_train_directing_traffic_1", "train"),
    _Chosen("cmu/expmap_train_directing_traffic_4", "train"),
    _Chosen("cmu/expmap_train_basketball_signal_1", "train"),
    _Chosen("cmu/expmap_train_basketball_signal_2", "train"),
    _Chosen("cmu/expmap_train_basketball_signal_3", "train"),
    _Chosen("cmu/expmap_train_basketball_signal_4", "val"),
    _Chosen("cmu/expmap_train_basketball_signal_5", "train"),
    # The arms of both talking loops are the same animation: they are in one part.
    _Chosen("quaternius/ual_idle_talking", "train", 0.0, _ONE_TURN_S),
    _Chosen("quaternius/ual_sitting_talking", "train", 0.0, _ONE_TURN_S),
    _Chosen("quaternius/m2m_reject", "train"),
    _Chosen("quaternius/m2m_greeting", "val"),
)
FREE: Final = ("quaternius/",)
"""Clips that may be given to anybody."""
_HAND_SWING_SHARE = 0.7
"""Of the recorded bend of the hand: CMU's palm markers are rough."""
_AXIS = np.array([1.0, 0.0, 0.0], np.float32)


@dataclass(frozen=True, eq=False)
class Take:
    """One recording.

    Args:
        name: of its file.
        split: train or val.
        pose: (T, 13, 4) local rotations of UPPER_BODY at 30 Hz, the trunk about its median.
    """

    name: str
    split: str
    pose: Floats


def load_takes(mocap: Path, split: str | None = None, *, free: bool = False) -> list[Take]:
    """Read the chosen clips.

    Args:
        mocap: holds the folders cmu and quaternius.
        split: train or val; None for both.
        free: only those under CC0.

    Raises:
        InputError: a clip is missing.
    """
    takes = []
    for chosen in CHOSEN:
        is_free = chosen.path.startswith(FREE)
        if split in (None, chosen.split) and (is_free or not free):
            takes.append(_read(mocap, chosen))
    return takes


def _read(mocap: Path, chosen: _Chosen) -> Take:
    path = mocap / f"{chosen.path}.bvh"
    if not path.is_file():
        raise InputError(f"{path} is missing; give the folder of recordings with --data")
    source = read_bvh(path)
    if "lwrist" in source.skeleton.names:
        names = dict(find_common_joints(source.skeleton.names).items())
        names |= {"LeftHand": "lhand", "RightHand": "rhand"}  # lwrist only turns the forearm
        kept = {r: n for r, n in names.items() if r in COMMON_SKELETON.names}
        clip = retarget_clip(resample_clip(source, RATE_HZ), COMMON_SKELETON, kept, keep_feet=False)
    else:
        clip = read_common_clip(path, RATE_HZ)
    pose = upper_body_of(clip)[int(chosen.start_s * RATE_HZ) : int(chosen.stop_s * RATE_HZ) + 1]
    _log.debug("%s: %d frames", path.name, len(pose))
    return Take(path.stem, chosen.split, tidy(pose))


def tidy(pose: Floats) -> Floats:
    """A recorded upper body made fit to learn from.

    The trunk turns about its median, which is upright; half of the turn along the forearm is taken
    by the forearm; hands bend by a share of what their rough markers say.
    """
    out = make_continuous(normalise(pose))
    median = normalise(np.median(out[:, TRUNK_PART], axis=0).astype(np.float32))
    out[:, TRUNK_PART] = quaternion_multiply(quaternion_conjugate(median)[None], out[:, TRUNK_PART])
    for side, part in enumerate(ARM_PARTS):
        fore, hand = part.stop - 2, part.stop - 1
        twist = twist_about(_AXIS, out[:, hand])
        whole = axis_angle_to_quaternion(_AXIS, twist)
        half = axis_angle_to_quaternion(_AXIS, 0.5 * twist)
        swing = quaternion_multiply(out[:, hand], quaternion_conjugate(whole))
        still = np.zeros_like(swing)
        still[:, 0] = 1.0
        swing = quaternion_nlerp(still, swing, _HAND_SWING_SHARE)
        out[:, fore] = quaternion_multiply(out[:, fore], half)
        out[:, hand] = quaternion_multiply(
            quaternion_multiply(quaternion_conjugate(half), swing), whole
        )
        if not np.isfinite(out[:, part]).all():
            raise InputError(f"arm {side} of a recording is not finite")
    return make_continuous(out)


def toward_rest(pose: Floats, share: Floats | float) -> Floats:
    """Poses (T, 13, 4) brought a share of the way to the pose of rest."""
    return quaternion_nlerp(pose, np.broadcast_to(REST, pose.shape), share)
