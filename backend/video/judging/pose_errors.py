"""How far the joints of a pose are from where they were, wherever the person is.

All take (T, 14, 3) joints in the camera's axes, and give NaN for frames of which a system says
nothing; ``mean_of`` leaves those out.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.video.lifting.mirror import OTHER_SIDE
from blender_addon.core.video.points import JOINTS

from .truth import Reals, about_hips

_AT: Final = {name: number for number, name in enumerate(JOINTS)}
_HINGES: Final = {
    "knee": (("LeftUpLeg", "LeftLeg", "LeftFoot"), ("RightUpLeg", "RightLeg", "RightFoot")),
    "elbow": (("LeftArm", "LeftForeArm", "LeftHand"), ("RightArm", "RightForeArm", "RightHand")),
}
_BENT_RAD: Final = np.radians(15.0)
"""From here on it can be told in which direction a knee bends."""


def joint_distances(found_m: Reals, true_m: Reals) -> Reals:
    """(T, 14) metres between joints, the middle of the hips at 0 in both, bones as found.

    The mean is MPJPE, mean per joint position error.
    """
    return np.asarray(np.linalg.norm(about_hips(found_m) - about_hips(true_m), axis=-1))


def scaled_distances(found_m: Reals, true_m: Reals) -> Reals:
    """The same after the best size for each frame (N-MPJPE): what a wrong body size leaves."""
    found, true = about_hips(found_m), about_hips(true_m)
    size = (found * true).sum((1, 2)) / np.maximum((found * found).sum((1, 2)), 1e-12)
    return np.asarray(np.linalg.norm(found * size[:, None, None] - true, axis=-1))


def aligned_distances(found_m: Reals, true_m: Reals) -> Reals:
    """The same after the best similarity for each frame (PA-MPJPE): what a wrong shape leaves."""
    out = np.full(found_m.shape[:2], np.nan)
    for frame in np.flatnonzero(np.isfinite(found_m).all(axis=(1, 2))):
        moved = align(found_m[frame], true_m[frame])
        out[frame] = np.linalg.norm(moved - true_m[frame], axis=-1)
    return out


def align(points: Reals, target: Reals) -> Reals:
    """Points (N, 3) after the rotation, size and shift that bring them nearest to a target (N, 3).

    Source: Umeyama 1991, Least-squares estimation of transformation parameters.
    """
    start, goal = points.mean(axis=0), target.mean(axis=0)
    loose, wanted = points - start, target - goal
    left, values, right = np.linalg.svd(loose.T @ wanted)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    size = (values * signs).sum() / max(float((loose**2).sum()), 1e-12)
    return np.asarray(size * loose @ (left * signs @ right) + goal)


def is_swapped(found_m: Reals, true_m: Reals) -> NDArray[np.bool_]:
    """(T,) whether left and right are exchanged: the pose fits better with its names mirrored."""
    straight = joint_distances(found_m, true_m).mean(axis=1)
    crossed = joint_distances(found_m[:, OTHER_SIDE[: len(JOINTS)]], true_m).mean(axis=1)
    return np.asarray(crossed < straight)


def hinge_angles(joints_m: Reals, hinge: str) -> Reals:
    """(T, 2) inner angle in radians of the left and right "knee" or "elbow"; π is straight."""
    angles = []
    for upper, middle, lower in _HINGES[hinge]:
        up, down = (joints_m[:, _AT[name]] - joints_m[:, _AT[middle]] for name in (upper, lower))
        across = np.linalg.norm(np.cross(up, down), axis=-1)
        angles.append(np.arctan2(across, (up * down).sum(axis=-1)))
    return np.stack(angles, axis=-1)


def knees_backward(joints_m: Reals) -> NDArray[np.bool_]:
    """(T, 2) whether the left and right knee is bent, by more than 15°, to the body's back.

    The knee of a leg that is bent lies off the line from hip to ankle: to the front of the pelvis
    or up, but never to the back.
    """
    forward = _unit(np.cross(*_body_axes(joints_m)))
    bent = hinge_angles(joints_m, "knee") < np.pi - _BENT_RAD
    backward = []
    for hip, knee, ankle in _HINGES["knee"]:
        leg = joints_m[:, _AT[ankle]] - joints_m[:, _AT[hip]]
        along = _unit(leg)
        off = joints_m[:, _AT[knee]] - joints_m[:, _AT[hip]]
        off = off - (off * along).sum(axis=-1, keepdims=True) * along
        ahead = forward - (forward * along).sum(axis=-1, keepdims=True) * along
        backward.append((_unit(off) * ahead).sum(axis=-1) < -0.3)
    return np.asarray(np.stack(backward, axis=-1) & bent)


def headings(world_m: Reals) -> Reals:
    """(T,) where a body looks over the ground: radians about +Y, of hips and shoulders together.

    Args:
        world_m: (T, 14, 3) in axes with Y up.
    """
    left, _ = _body_axes(world_m)
    return np.asarray(np.arctan2(-left[:, 2], left[:, 0]))


def head_pitches(joints_m: Reals) -> Reals:
    """(T,) radians by which the head nods forward (positive) from the line of the trunk."""
    left, up = _body_axes(joints_m)
    up = _unit(up)
    forward = _unit(np.cross(left, up))
    head = joints_m[:, _AT["HeadTop"]] - joints_m[:, _AT["Neck"]]
    return np.arctan2((head * forward).sum(axis=-1), (head * up).sum(axis=-1))


def turned(angles_rad: Reals) -> Reals:
    """Differences of angles, within −π … π."""
    return np.asarray(np.angle(np.exp(1j * angles_rad)))


def mean_of(values: NDArray[Any]) -> float | None:
    """Mean over what is finite; None where nothing is."""
    counted = values[np.isfinite(values)]
    return float(counted.mean()) if counted.size else None


def _body_axes(joints_m: Reals) -> tuple[Reals, Reals]:
    """Leftward over hips and shoulders, and from hips to neck, (T, 3) each."""
    names = ("LeftUpLeg", "RightUpLeg", "LeftArm", "RightArm", "Neck")
    hip, other_hip, arm, other_arm, neck = (joints_m[:, _AT[name]] for name in names)
    left = np.asarray((hip - other_hip) + (arm - other_arm), np.float64)
    up = np.asarray(neck - 0.5 * (hip + other_hip), np.float64)
    return left, up


def _unit(vectors: Reals) -> Reals:
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(size, 1e-9))
