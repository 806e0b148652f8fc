"""How much two takes of one action by one person differ: what a variant is to be like.

CMU names its subjects; these are the actions that one of them did several times. A window of two
seconds is compared with the one of another take that is most like it, so that where in the dance
or in the step it was cut does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from backend.mocap.recordings import Recording
from blender_addon.core.editing.prior_features import clip_features, cut_windows, window_starts
from blender_addon.core.motion.clip import MotionClip

from .kinematics import joint_places

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "walk": tuple(f"iclone_007_{n}" for n in ("02", "03", "06", "07", "08", "09", "10", "11")),
    "dribble forward": tuple(f"iclone_006_{n}" for n in ("02", "03", "04", "05")),
    "dribble backward": ("iclone_006_06", "iclone_006_07"),
    "jump and turn": ("jump_91_48", "jump_91_49", "jump_91_50"),
    "arabesque, jeté": tuple(f"iclone_005_{n}" for n in ("18", "19", "20")),
    "retiré, arabesque": ("iclone_005_14", "iclone_005_15"),
    "glissade": ("iclone_005_09", "iclone_005_10"),
    "salsa, leading": tuple(f"acrnn_salsa_{n:02}" for n in (2, 4, 6, 12)),
    "salsa, following": tuple(f"acrnn_salsa_{n:02}" for n in (17, 19, 21, 27)),
}
_HOP, _FINE_HOP = 20, 2


def takes_of(recordings: Sequence[Recording]) -> dict[str, list[MotionClip]]:
    """Of each action the takes that there are; actions of a single one are left out."""
    clips = {each.name: each.clip for each in recordings if each.folder == "cmu"}
    found = {
        action: [clips[name] for name in names if name in clips]
        for action, names in ACTIONS.items()
    }
    return {action: takes for action, takes in found.items() if len(takes) > 1}


def windows_of(clip: MotionClip, hop: int) -> NDArray[np.float32]:
    """Windows (W, 60, F) of a clip at 30 Hz."""
    features = clip_features(clip)
    return cut_windows(features, window_starts(len(features), hop)).astype(np.float32)


@torch.no_grad()
def places_of(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints (W, 60·J·3) over the root, seen from the heading, metres."""
    return joint_places(torch.from_numpy(windows)).flatten(1).numpy()


def pairs(takes: Sequence[MotionClip]) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Windows of each take, and of another take those most like them."""
    for first in takes:
        cut = windows_of(first, _HOP)
        for second in takes:
            if second is not first:
                yield cut, most_alike(cut, windows_of(second, _FINE_HOP))


def most_alike(windows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of other windows those most like each one."""
    here, there = places_of(windows), places_of(others)
    squares = np.square(there).sum(axis=1) - 2.0 * here @ there.T
    return others[squares.argmin(axis=1)]


def distance_cm(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Mean distance of the joints of windows, seen from the heading, centimetres."""
    off = places_of(first) - places_of(second)
    return float(100.0 * np.linalg.norm(off.reshape(-1, 3), axis=-1).mean())


def clip_distance_cm(first: MotionClip, second: MotionClip) -> float:
    """The same of two motions, each window with the one most like it."""
    cut = windows_of(first, _HOP)
    return distance_cm(cut, most_alike(cut, windows_of(second, _FINE_HOP)))
