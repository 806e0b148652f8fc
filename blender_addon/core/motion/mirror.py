"""Swaps left and right: every walk teaches two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..errors import SkeletonError
from ..retarget.joint_names import has_side, swap_side
from .clip import MotionClip
from .skeleton import Skeleton

_FLIP: Final = np.array([-1.0, 1.0, 1.0], np.float32)  # x → −x
_FLIP_TURN: Final = np.array([1.0, 1.0, -1.0, -1.0], np.float32)  # the same for an axis of rotation
_CONTACT_ORDER: Final = [2, 3, 0, 1]
_SYMMETRY_M: Final = 1e-6


def mirror_clip(clip: MotionClip) -> MotionClip:
    """Reflect a clip in the plane x = 0, left joints and contacts becoming right ones.

    The result's skeleton is the reflected one: the same object if left and right are alike.

    Raises:
        SkeletonError: a joint's partner on the other side is missing or hangs elsewhere.
    """
    order = mirror_joint_order(clip.skeleton.names)
    return MotionClip(
        mirror_skeleton(clip.skeleton),
        clip.frame_rate_hz,
        clip.root_positions * _FLIP,
        clip.rotations_wxyz[:, order] * _FLIP_TURN,
        None if clip.contacts is None else clip.contacts[:, _CONTACT_ORDER],
    )


def mirror_skeleton(skeleton: Skeleton) -> Skeleton:
    """Reflect a skeleton in the plane x = 0; itself if left and right are alike.

    Raises:
        SkeletonError: a joint's partner on the other side is missing or hangs elsewhere.
    """
    order = mirror_joint_order(skeleton.names)
    parents = skeleton.parents[order]
    expected = np.where(skeleton.parents < 0, -1, order[skeleton.parents])
    if not np.array_equal(parents, expected):
        joint = int(np.flatnonzero(parents != expected)[0])
        raise SkeletonError(
            f"'{skeleton.names[joint]}' and '{skeleton.names[order[joint]]}' should hang from a "
            "pair of joints or from the same one; left and right have to be built alike"
        )
    offsets: Floats = skeleton.offsets[order] * _FLIP
    ends = {}
    for n, name in enumerate(skeleton.names):
        partner = skeleton.names[order[n]]
        if partner in skeleton.ends:
            x, y, z = skeleton.ends[partner]
            ends[name] = (-x, y, z)
    same = np.allclose(offsets, skeleton.offsets, rtol=0.0, atol=_SYMMETRY_M)
    if same and _ends_alike(ends, skeleton.ends):
        return skeleton
    return Skeleton(skeleton.names, skeleton.parents, offsets, ends)


def mirror_joint_order(names: Sequence[str]) -> Ints:
    """Index of every joint's partner on the other side, its own for a joint in the middle.

    Raises:
        SkeletonError: a joint is named left or right and has no partner.
    """
    where = {name: n for n, name in enumerate(names)}
    order = np.arange(len(names))
    for n, name in enumerate(names):
        partner = next((other for other in swap_side(name) if other in where), None)
        if partner is not None:
            order[n] = where[partner]
        elif has_side(name):
            raise SkeletonError(
                f"joint '{name}' has no partner on the other side; expected one named "
                f"{' or '.join(swap_side(name))}"
            )
    if not np.array_equal(order[order], np.arange(len(names))):
        joint = int(np.flatnonzero(order[order] != np.arange(len(names)))[0])
        raise SkeletonError(f"joint '{names[joint]}' has more than one partner on the other side")
    return order


def _ends_alike(
    a: dict[str, tuple[float, float, float]], b: dict[str, tuple[float, float, float]]
) -> bool:
    return a.keys() == b.keys() and all(
        np.allclose(a[name], b[name], rtol=0.0, atol=_SYMMETRY_M) for name in a
    )
