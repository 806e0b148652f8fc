"""DeepMimic's motion files (JSON, humanoid3d) as clips of the common skeleton.

A file is an object with ``Loop`` ("wrap" or "none") and ``Frames``: lists of 44 numbers, the
frame's duration in seconds, the root's place (3) and attitude (4, wxyz), then rotations (4) of
chest, neck, right hip, an angle of the right knee, rotations of right ankle and right shoulder, an
angle of the right elbow, and the same of the left leg and arm. X is ahead, Y up, Z to the right.

Source: Peng et al. 2018, DeepMimic, ACM TOG 37(4):143, and the files that the authors publish.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
    twist_about,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.physics.clip_poses import (
    FRAME_RATE_HZ,
    body_positions,
    body_rotations,
    clip_to_poses,
    poses_to_clip,
)
from blender_addon.core.physics.figure import (
    BODY_NAMES,
    PARTS,
    POSE_SIZE,
    SOLE_CORNERS_M,
    without_side,
)

FRAME_SIZE: Final = 44
_JOINTS: Final = (
    ("chest", 4), ("head", 4),
    ("right_thigh", 4), ("right_shin", 1), ("right_foot", 4),
    ("right_upper_arm", 4), ("right_forearm", 1),
    ("left_thigh", 4), ("left_shin", 1), ("left_foot", 4),
    ("left_upper_arm", 4), ("left_forearm", 1),
)  # fmt: skip
"""In the order of a frame, after the root; by our names."""
_LEG_M: Final = 0.421546 + 0.40987
_MOST_BYTES: Final = 64_000_000
_MOST_FRAMES: Final = 100_000
_SHORTEST_S, _LONGEST_S = 1e-4, 1.0
_REPEATED_S: Final = 20.0
_LOW_SHARE: Final = 10.0  # percent of a motion in which a foot is at the ground at least
_UP: Final = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class _Motion:
    """A file as it is.

    Args:
        times: (T,) seconds.
        values: (T, 43).
        repeats: whether its end joins its beginning.
    """

    times: Floats
    values: Floats
    repeats: bool


def read_deepmimic(path: Path, seconds: float = _REPEATED_S) -> MotionClip:
    """A motion file as a clip of the common skeleton at 60 Hz, in its size.

    Args:
        path: of the file.
        seconds: for how long a motion that repeats is repeated.

    Raises:
        InputError: the file cannot be read or is no such motion; says what is wrong.
    """
    motion = _checked(path, _document(path))
    length = motion.times[-1]
    last = max(length, seconds) if motion.repeats else length
    at = np.arange(0.0, last + 1e-9, 1.0 / FRAME_RATE_HZ)
    rest = np.broadcast_to([1.0, 0.0, 0.0, 0.0], (1, len(COMMON_SKELETON.names), 4))
    still = clip_to_poses(MotionClip(COMMON_SKELETON, FRAME_RATE_HZ, np.zeros((1, 3)), rest))
    return poses_to_clip(_poses(motion, at), still, np.zeros(len(at)))


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than {_MOST_BYTES // 10**6} MB; no motion is")
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from error


def _checked(path: Path, document: Any) -> _Motion:
    frames = document.get("Frames") if isinstance(document, dict) else None
    if not isinstance(frames, list) or not 2 <= len(frames) <= _MOST_FRAMES:
        raise InputError(f"{path} has no list 'Frames' of 2 to {_MOST_FRAMES} frames")
    for n, frame in enumerate(frames):
        if not isinstance(frame, list) or len(frame) != FRAME_SIZE:
            found = len(frame) if isinstance(frame, list) else type(frame).__name__
            raise InputError(
                f"{path}: frame {n} has {found} numbers, expected are {FRAME_SIZE}; other "
                "characters than humanoid3d are not read"
            )
    try:
        numbers = np.array(frames, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: a frame holds something other than numbers") from error
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > 1e6:
        raise InputError(f"{path}: a frame holds numbers that are not finite or far too large")
    durations = numbers[:-1, 0]
    if durations.min() < _SHORTEST_S or durations.max() > _LONGEST_S:
        raise InputError(f"{path}: a frame lasts {durations.min():g} to {durations.max():g} s")
    times = np.concatenate(([0.0], np.cumsum(durations)))
    repeats = str(document.get("Loop", "none")).lower() in ("wrap", "1", "true")
    return _Motion(times, _unit(path, numbers[:, 1:]), repeats)


def _unit(path: Path, values: Floats) -> Floats:
    """Its rotations made of unit length, and continuous."""
    out = values.copy()
    for start in _rotation_columns():
        turns = out[:, start : start + 4]
        sizes = np.linalg.norm(turns, axis=1, keepdims=True)
        if sizes.min() < 0.1:
            raise InputError(f"{path}: a rotation is no rotation, its length is {sizes.min():g}")
        out[:, start : start + 4] = make_continuous(turns / sizes)
    return out


def _rotation_columns() -> list[int]:
    columns, start = [3], 7
    for _, size in _JOINTS:
        if size == 4:
            columns.append(start)
        start += size
    return columns


def _poses(motion: _Motion, at: Floats) -> Floats:
    """(T, 45) of our figure at these seconds."""
    length = motion.times[-1]
    rounds = np.floor(at / length + 1e-9) if motion.repeats else np.zeros(len(at))
    values = _sampled(motion, np.minimum(at - rounds * length, length))
    root, attitude = _ours(values[:, :3]), _turned(values[:, 3:7])
    root, attitude = _gone_on(motion, rounds.astype(np.int64), root, attitude)
    poses = np.zeros((len(at), POSE_SIZE))
    poses[:, 3:7] = attitude
    rotations, start = {}, 7
    for name, size in _JOINTS:
        own = values[:, start : start + size]
        rotations[name] = _turned(own) if size == 4 else -own  # knees bend about their Z, our -X
        start += size
    column = 7
    for part in PARTS:
        size = 4 if part.is_ball else 1
        poses[:, column : column + size] = rotations.get(part.name, 0.0)
        column += size
    return _on_the_ground(poses, root)


def _on_the_ground(poses: Floats, hips: Floats) -> Floats:
    """With the middle of the hips at places (T, 3) in their size, and soles at height 0."""
    offsets = {part.name: np.array(part.offset) for part in PARTS}
    leg = -(offsets["left_shin"][1] + offsets["left_foot"][1])
    middle = 0.5 * (offsets["left_thigh"] + offsets["right_thigh"])
    poses[:, :3] = hips * (leg / _LEG_M) - quaternion_rotate(poses[:, 3:7], middle)
    rotations = body_rotations(poses)
    places = body_positions(poses, rotations)
    low = [
        (places[:, n, None] + quaternion_rotate(rotations[:, n, None], corners))[..., 1].min(axis=1)
        for n, name in enumerate(BODY_NAMES)
        if (corners := SOLE_CORNERS_M.get(without_side(name))) is not None
    ]
    poses[:, 1] -= np.percentile(np.min(low, axis=0), _LOW_SHARE)
    return poses


def _gone_on(motion: _Motion, rounds: Any, root: Floats, attitude: Floats) -> tuple[Floats, Floats]:
    """Where the root is after so many rounds: each begins where the last one ended."""
    ends = motion.values[[0, -1]]
    places, headings = _ours(ends[:, :3]), twist_about(_UP, _turned(ends[:, 3:7]))
    turn = heading_to_quaternion(headings[1] - headings[0])
    turned, moved = np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3)
    level = np.array([1.0, 0.0, 1.0])
    all_turns, all_moves = [turned], [moved]
    for _ in range(int(rounds.max(initial=0))):
        moved = moved + quaternion_rotate(turned, places[1] * level)
        turned = quaternion_multiply(turned, turn)
        moved = moved - quaternion_rotate(turned, places[0] * level)
        all_turns.append(turned)
        all_moves.append(moved)
    turns_now, moves_now = np.array(all_turns)[rounds], np.array(all_moves)[rounds]
    return (
        quaternion_rotate(turns_now, root) + moves_now,
        quaternion_multiply(turns_now, attitude),
    )


def _sampled(motion: _Motion, at: Floats) -> Floats:
    """(T, 43) at these seconds."""
    after = np.clip(np.searchsorted(motion.times, at, side="right"), 1, len(motion.times) - 1)
    before = after - 1
    share = (at - motion.times[before]) / (motion.times[after] - motion.times[before])
    first, second = motion.values[before], motion.values[after]
    out = first + share[:, None] * (second - first)
    for start in _rotation_columns():
        part = slice(start, start + 4)
        out[:, part] = quaternion_nlerp(first[:, part], second[:, part], share)
    return out


def _ours(vectors: Floats) -> Floats:
    """Their axes (ahead, up, right) to ours (left, up, ahead)."""
    return np.stack((-vectors[..., 2], vectors[..., 1], vectors[..., 0]), axis=-1)


def _turned(rotations: Floats) -> Floats:
    return np.concatenate((rotations[..., :1], _ours(rotations[..., 1:])), axis=-1)
