"""Reads BVH motion files as other programs write them."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats
from ..errors import BvhError
from ..maths.rotations import euler_to_quaternion, quaternion_multiply, quaternion_rotate
from ..motion.clip import MotionClip
from ..motion.skeleton import Skeleton
from .hierarchy import BvhJoint, parse_hierarchy

_LOGGER = logging.getLogger(__name__)
_STRETCH = 1e-3  # of the sum of bone lengths: less is rounding, more a bone that stretches
_RATE_SLACK = 4.5e-4  # half of what lies between 30 and 29.97 Hz


def read_bvh(path: str | Path, *, metres_per_unit: float = 1.0) -> MotionClip:
    """Read a BVH file.

    Channels may come in any order and number, keywords in any case, lines end in any way, end
    sites be missing. Position channels (taken in place of the OFFSET) move the root; on other
    joints they are left out, since a skeleton's bones keep their length, and a warning says so if
    they move. Only where the root's one child moves, as hips under a "Reference" do, the root is
    merged into that child. A frame time within 0.045 % of a whole or NTSC frame rate is taken as
    that rate, since files round it.

    Args:
        path: of the file, Y up.
        metres_per_unit: of the file's lengths; 0.01 for centimetres.

    Returns:
        Its motion; `skeleton.offsets[0]` is the root's OFFSET as written.

    Raises:
        BvhError: the file is broken; says at which line.
        OSError: the file cannot be opened.
    """
    lines = _decode(Path(path).read_bytes())
    joints, motion_at = parse_hierarchy(lines)
    frames, frame_rate_hz, first_row = _parse_motion_header(lines, motion_at)
    columns = sum(len(joint.channels) for joint in joints)
    values = _parse_rows(lines, first_row, frames, columns)
    return _build_clip(joints, values, frame_rate_hz, metres_per_unit)


def _decode(data: bytes) -> list[str]:
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise BvhError("not a text file (it holds a zero byte); expected a BVH file", line)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # joint names in an old encoding; numbers and keywords are ASCII
        text = data.decode("latin-1")
    return re.split(r"\r\n|\r|\n", text)


# --- motion section ---------------------------------------------------------------------------


def _parse_motion_header(lines: Sequence[str], start: int) -> tuple[int, float, int]:
    """Frame count, frame rate and the index of the line where the numbers begin."""
    frames_text, at = _parse_field(lines, start, r"frames", "Frames: <number>")
    time_text, after = _parse_field(lines, at, r"frame\s*time", "Frame Time: <seconds>")
    if not frames_text.isdecimal() or int(frames_text[:18]) < 1:
        raise BvhError(f"expected at least one frame; found 'Frames: {frames_text[:40]}'", at)
    return int(frames_text[:18]), _frame_rate(time_text, after), after


def _parse_field(lines: Sequence[str], start: int, name: str, desired: str) -> tuple[str, int]:
    """Value of a 'name: value' line, blank lines skipped, and the index of the line after it."""
    for index in range(start, len(lines)):
        if lines[index].strip():
            match = re.fullmatch(rf"\s*{name}\s*:?\s*(\S+)\s*", lines[index], re.IGNORECASE)
            if match is None:
                raise BvhError(
                    f"expected '{desired}'; found {lines[index].strip()[:40]!a}", index + 1
                )
            return match[1], index + 1
    raise BvhError(f"the file ends; expected '{desired}'", max(len(lines), 1))


def _frame_rate(text: str, line: int) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (1e-6 < seconds < 1e6):
        raise BvhError(f"expected a frame time in seconds above 0; found {text[:40]!a}", line)
    rate = 1.0 / seconds
    for usual in (float(round(rate)), round(rate * 1.001) / 1.001):
        if abs(usual - rate) <= _RATE_SLACK * rate:
            return usual
    return rate


def _parse_rows(lines: Sequence[str], start: int, frames: int, columns: int) -> NDArray[np.float64]:
    """Channel values (T, columns); allocates by what is there, not by what is announced."""
    rows = [words for line in lines[start:] if (words := line.split())]
    if any(len(row) != columns for row in rows) or len(rows) != frames:
        _explain_row_count(lines, start, frames, columns)
    try:
        values = np.array(list(map(float, chain.from_iterable(rows))))
    except ValueError:
        values = np.array([math.nan])
    if not np.isfinite(values).all() or (np.abs(values) > 1e9).any():
        _explain_bad_number(lines, start)
    return values.reshape(frames, columns)


def _explain_row_count(lines: Sequence[str], start: int, frames: int, columns: int) -> None:
    found, last = 0, start
    for number, line in enumerate(lines[start:], start=start + 1):
        count = len(line.split())
        if not count:
            continue
        if count != columns:
            raise BvhError(f"expected {columns} numbers for a frame; found {count}", number)
        found, last = found + 1, number
        if found > frames:
            raise BvhError(f"a frame more than the {frames} announced; correct 'Frames:'", number)
    raise BvhError(f"the file ends after {found} of the {frames} frames announced", last)


def _explain_bad_number(lines: Sequence[str], start: int) -> None:
    for number, line in enumerate(lines[start:], start=start + 1):
        for word in line.split():
            try:
                usable = abs(float(word)) <= 1e9
            except ValueError:
                usable = False
            if not usable:
                raise BvhError(f"expected a number; found {word[:40]!a}", number)


# --- from channels to a clip ------------------------------------------------------------------


def _build_clip(
    joints: Sequence[BvhJoint], values: NDArray[np.float64], rate_hz: float, metres: float
) -> MotionClip:
    firsts = np.cumsum([0, *(len(joint.channels) for joint in joints)])
    columns = [
        {name: int(first) + n for n, name in enumerate(joint.channels)}
        for joint, first in zip(joints, firsts, strict=False)
    ]
    rotations = _rotations(columns, values)
    root = _positions(joints[0], columns[0], values)
    first = 0
    while _is_moved_by_its_child(joints, columns, values, first):
        child = _positions(joints[first + 1], columns[first + 1], values)
        root = root + quaternion_rotate(rotations[:, first], child.astype(np.float32))
        rotations[:, first + 1] = quaternion_multiply(rotations[:, first], rotations[:, first + 1])
        first += 1
    kept = joints[first:]
    skeleton = Skeleton(
        tuple(joint.name for joint in kept),
        np.array([-1, *(joint.parent - first for joint in kept[1:])]),
        np.array([joint.offset for joint in kept], np.float32) * np.float32(metres),
        {j.name: _scaled(j.end, metres) for j in kept if j.end is not None},
    )
    _warn_of_stretch(kept, columns[first:], values)
    return MotionClip(skeleton, rate_hz, (root * metres).astype(np.float32), rotations[:, first:])


def _is_moved_by_its_child(
    joints: Sequence[BvhJoint],
    columns: Sequence[dict[str, int]],
    values: NDArray[np.float64],
    first: int,
) -> bool:
    """Whether a joint has one child alone, and that child travels."""
    if sum(joint.parent == first for joint in joints) != 1:
        return False
    return _travel(joints[first + 1], columns[first + 1], values) > _STRETCH * _size(joints)


def _travel(joint: BvhJoint, columns: dict[str, int], values: NDArray[np.float64]) -> float:
    return float(np.ptp(_positions(joint, columns, values), axis=0).max())


def _size(joints: Sequence[BvhJoint]) -> float:
    """Sum of the bone lengths, in the file's unit."""
    return sum(math.hypot(*joint.offset) for joint in joints[1:] if joint.offset) or 1.0


def _scaled(end: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return end[0] * factor, end[1] * factor, end[2] * factor


def _positions(
    joint: BvhJoint, columns: dict[str, int], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T, 3) position of a joint relative to its parent; OFFSET where it has no channel."""
    out = np.tile(np.asarray(joint.offset, np.float64), (len(values), 1))
    for axis, letter in enumerate("XYZ"):
        if f"{letter}position" in columns:
            out[:, axis] = values[:, columns[f"{letter}position"]]
    return out


def _rotations(columns: Sequence[dict[str, int]], values: NDArray[np.float64]) -> Floats:
    """(T, J, 4) local rotations; joints with the same order of axes are done together."""
    rotations = np.zeros((len(values), len(columns), 4), np.float32)
    rotations[..., 0] = 1.0
    orders: dict[str, list[int]] = {}
    for joint, channels in enumerate(columns):
        order = "".join(name[0] for name in channels if name.endswith("rotation"))
        orders.setdefault(order, []).append(joint)
    for order, members in orders.items():
        angles = np.zeros((len(values), len(members), 3), np.float32)
        for n, axis in enumerate(order):
            picked = [columns[joint][f"{axis}rotation"] for joint in members]
            angles[..., n] = np.deg2rad(values[:, picked])
        rotations[:, members] = euler_to_quaternion(angles, (order + "XYZ")[:3])
    return rotations


def _warn_of_stretch(
    joints: Sequence[BvhJoint], columns: Sequence[dict[str, int]], values: NDArray[np.float64]
) -> None:
    size = _size(joints)
    for joint, channels in zip(joints[1:], columns[1:], strict=True):
        moved = _travel(joint, channels, values)
        if moved > _STRETCH * size:
            _LOGGER.warning(
                "position channels of joint '%s' move by %.3g units; left out, only the root's "
                "are used",
                joint.name,
                moved,
            )
