"""Reads Acclaim motion capture: a skeleton (.asf) and a motion of it (.amc).

A bone of the file runs from its joint to the next, along ``direction`` in world axes; its joint
turns about axes of its own, which stand to the world's by C (``axis``). The file's angles give M
in those axes, so that C·M·C⁻¹ is the turn in world-aligned axes: ours. Words like "XYZ" name the
order in which turns are applied, the first one first: the matrix is Rz·Ry·Rx.

Source: "Acclaim ASF/AMC", course CS 838 of the University of Wisconsin (1999), where vectors are
rows and the product reads C⁻¹·M·C; lengths in metres: mocap.cs.cmu.edu/faqs.php.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.skeleton import Skeleton

from .acclaim_text import AcclaimError, Line, euler_turn, is_degrees, numbers, quote, read_lines

METRES_PER_INCH = 0.0254
CMU_FRAME_RATE_HZ = 120.0
_TURNS = ("rx", "ry", "rz")
_ROOT_CHANNELS = ("tx", "ty", "tz", *_TURNS)


@dataclass(frozen=True, eq=False)
class AcclaimSkeleton:
    """What an ASF file says.

    Args:
        skeleton: J joints, metres, world-aligned rest frames.
        channels: of each joint, in the order of the file's numbers: tx … rz.
        axes_wxyz: (J, 4) the frames C that angles refer to.
        metres_per_unit: of the root's positions in AMC files.
        degrees: whether angles are degrees where an AMC file does not say.
    """

    skeleton: Skeleton
    channels: tuple[tuple[str, ...], ...]
    axes_wxyz: Floats
    metres_per_unit: float
    degrees: bool


@dataclass
class _Bone:
    """A bone as read so far; numbers are in the file's units."""

    line: int
    name: str = ""
    direction: tuple[float, ...] = ()
    length: float = math.nan
    axis: Floats = field(default_factory=lambda: _identity())
    channels: tuple[str, ...] = ()


def read_asf_amc(
    asf: str | Path, amc: str | Path, *, frame_rate_hz: float = CMU_FRAME_RATE_HZ
) -> MotionClip:
    """Read a motion and its skeleton.

    Args:
        asf: skeleton file.
        amc: motion file.
        frame_rate_hz: of the recording, which the files do not hold (an AMC file's own
            ``:samples-per-second`` goes first).

    Returns:
        The motion: metres, Y up, rest frames parallel to the world's axes.

    Raises:
        AcclaimError: a file is broken or does not fit the other; says at which line.
        OSError: a file cannot be opened.
    """
    return read_amc(amc, read_asf(asf), frame_rate_hz=frame_rate_hz)


# --- the skeleton -----------------------------------------------------------------------------


def read_asf(path: str | Path) -> AcclaimSkeleton:
    """Read a skeleton file.

    Lengths are inches divided by the file's unit (0.45 at CMU), as CMU says of its own files.

    Raises:
        AcclaimError: the file is broken; says at which line.
        OSError: it cannot be opened.
    """
    path = Path(path)
    sections = _sections(path)
    length_unit, degrees = _units(sections.get("units", []), path)
    root = _root_channels(_required(sections, "root", path), path)
    bones = _bones(_required(sections, "bonedata", path), path, degrees)
    order, parents = _tree(_required(sections, "hierarchy", path), bones, path)
    metres = METRES_PER_INCH / length_unit
    reach = {name: _reach(bones[name], metres) for name in order[1:]} | {"root": np.zeros(3)}
    offsets = [np.zeros(3)] + [reach[order[parent]] for parent in parents[1:]]
    leaves = [name for n, name in enumerate(order) if n and n not in parents]
    ends = {name: (float(x), float(y), float(z)) for name in leaves for x, y, z in [reach[name]]}
    skeleton = Skeleton(tuple(order), np.array(parents), np.array(offsets, np.float32), ends)
    channels = (root, *(bones[name].channels for name in order[1:]))
    axes = np.stack([_identity(), *(bones[name].axis for name in order[1:])])
    return AcclaimSkeleton(skeleton, channels, axes, metres, degrees)


def _identity() -> Floats:
    return np.array([1, 0, 0, 0], np.float32)


def _reach(bone: _Bone, metres: float) -> Floats:
    """From a bone's joint to its far end, metres."""
    direction = np.array(bone.direction)
    return np.asarray(direction / np.linalg.norm(direction) * bone.length * metres)


def _sections(path: Path) -> dict[str, list[Line]]:
    """Lines by section; the first of each is its own ``:name`` line."""
    sections: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for line in read_lines(path):
        if line.words[0].startswith(":"):
            current = sections.setdefault(line.words[0][1:].lower(), [])
        elif current is None:
            raise AcclaimError(
                f"expected a section such as ':units'; found {quote(line.words)}",
                path,
                line.number,
            )
        current.append(line)
    return sections


def _required(sections: dict[str, list[Line]], name: str, path: Path) -> list[Line]:
    if name in sections:
        return sections[name]
    last = max((lines[-1].number for lines in sections.values()), default=1)
    raise AcclaimError(f"the file ends; expected a section ':{name}' in it", path, last)


def _units(lines: Sequence[Line], path: Path) -> tuple[float, bool]:
    """Length unit and whether angles are degrees."""
    length, degrees = 1.0, True
    for line in lines[1:]:
        if line.words[0] == "length":
            (length,) = numbers(line, 1, path)
            if length <= 0:
                raise AcclaimError(
                    f"expected a length unit above 0; found {length:g}", path, line.number
                )
        elif line.words[0] == "angle":
            degrees = is_degrees(line.words[-1], path, line.number)
    return length, degrees


def _root_channels(lines: Sequence[Line], path: Path) -> tuple[str, ...]:
    """The root's channels; its rest is at the origin in every file we know, and has to be."""
    channels: tuple[str, ...] = _ROOT_CHANNELS
    for line in lines[1:]:
        if line.words[0] == "order":
            channels = tuple(word.lower() for word in line.words[1:])
            if sorted(channels) != sorted(_ROOT_CHANNELS):
                raise AcclaimError(
                    f"expected an order of TX TY TZ RX RY RZ; found {quote(line.words[1:])}",
                    path,
                    line.number,
                )
        elif line.words[0] in ("position", "orientation") and any(numbers(line, 3, path)):
            raise AcclaimError(
                f"expected a root {line.words[0]} of 0 0 0, the only one understood; "
                f"found {quote(line.words[1:])}",
                path,
                line.number,
            )
    return channels


def _bones(lines: Sequence[Line], path: Path, degrees: bool) -> dict[str, _Bone]:
    bones: dict[str, _Bone] = {}
    bone: _Bone | None = None
    for line in lines[1:]:
        word = line.words[0]
        if word == "begin":
            if bone is not None:
                raise AcclaimError("expected 'end' before the next 'begin'", path, line.number)
            bone = _Bone(line.number)
        elif bone is None:
            raise AcclaimError(f"expected 'begin'; found {quote(line.words)}", path, line.number)
        elif word == "end":
            _check_bone(bone, bones, path, line.number)
            bones[bone.name], bone = bone, None
        else:
            _read_bone_line(bone, line, path, degrees)
    if bone is not None:
        raise AcclaimError(
            f"expected 'end' of the bone begun at line {bone.line}", path, lines[-1].number
        )
    return bones


def _read_bone_line(bone: _Bone, line: Line, path: Path, degrees: bool) -> None:
    word, values = line.words[0], line.words[1:]
    if word == "name":
        bone.name = values[0] if values else ""
    elif word == "direction":
        bone.direction = numbers(line, 3, path)
    elif word == "length":
        (bone.length,) = numbers(line, 1, path)
    elif word == "axis":
        bone.axis = _axis(line, path, degrees)
    elif word == "dof":
        bone.channels = tuple(value.lower() for value in values)
        if not set(bone.channels) <= set(_TURNS) or len(set(values)) != len(values):
            raise AcclaimError(
                f"expected rx, ry, rz, each at most once; found {quote(values)}",
                path,
                line.number,
            )


def _axis(line: Line, path: Path, degrees: bool) -> Floats:
    order = line.words[-1].lower()
    if sorted(order) != list("xyz"):
        raise AcclaimError(
            f"expected 'axis', three angles and their order such as XYZ; found {quote(line.words)}",
            path,
            line.number,
        )
    angles = np.array(numbers(Line(line.number, line.words[:-1]), 3, path))
    return euler_turn(angles, ["r" + letter for letter in "xyz"], degrees, order)


def _check_bone(bone: _Bone, bones: dict[str, _Bone], path: Path, line: int) -> None:
    if not bone.name or bone.name in bones or bone.name == "root":
        raise AcclaimError(
            f"expected a name that no other bone has; found {bone.name!a}", path, line
        )
    if not bone.direction or not any(bone.direction) or not bone.length >= 0:
        raise AcclaimError(
            f"bone {bone.name!a} needs a direction other than 0 0 0 and a length of 0 or more",
            path,
            line,
        )


def _tree(
    lines: Sequence[Line], bones: dict[str, _Bone], path: Path
) -> tuple[list[str], list[int]]:
    """Joint names depth first, the root first, and the index of each one's parent."""
    children: dict[str, list[str]] = {}
    attached: set[str] = set()
    for line in lines[1:]:
        if line.words[0] in ("begin", "end") and len(line.words) == 1:
            continue
        for name in line.words:
            if name not in bones and name != "root":
                raise AcclaimError(f"there is no bone named {name[:40]!a}", path, line.number)
        for child in line.words[1:]:
            if child in attached or child == "root":
                raise AcclaimError(f"{child!a} is given a second parent", path, line.number)
            attached.add(child)
        children.setdefault(line.words[0], []).extend(line.words[1:])
    order, parents, waiting = list[str](), list[int](), [("root", -1)]
    while waiting:
        name, parent = waiting.pop()
        waiting.extend((child, len(order)) for child in reversed(children.get(name, [])))
        order.append(name)
        parents.append(parent)
    if loose := [bone for bone in bones.values() if bone.name not in order]:
        names = ", ".join(bone.name for bone in loose)
        raise AcclaimError(f"not attached to the root: {names}", path, loose[0].line)
    return order, parents


# --- the motion -------------------------------------------------------------------------------


def read_amc(
    path: str | Path, character: AcclaimSkeleton, *, frame_rate_hz: float = CMU_FRAME_RATE_HZ
) -> MotionClip:
    """Read a motion of a character.

    Args:
        path: of the AMC file.
        character: whose motion it is.
        frame_rate_hz: taken where the file has no ``:samples-per-second``.

    Raises:
        AcclaimError: the file is broken or not of this character; says at which line.
        OSError: it cannot be opened.
    """
    path = Path(path)
    degrees, rate, body = character.degrees, frame_rate_hz, list[Line]()
    for line in read_lines(path):
        word = line.words[0].lower()
        if word in (":degrees", ":radians"):
            degrees = is_degrees(word[1:], path, line.number)
        elif word == ":samples-per-second":
            (rate,) = numbers(line, 1, path)
        elif not word.startswith(":"):
            body.append(line)
    values = _motion_values(body, character, path)
    rotations = np.empty((len(values), character.skeleton.joint_count, 4), np.float32)
    root, first = np.zeros((len(values), 3)), 0
    for joint, channels in enumerate(character.channels):
        part = values[:, first : first + len(channels)]
        first += len(channels)
        if joint == 0:
            root = part[:, [channels.index(name) for name in _ROOT_CHANNELS[:3]]]
            turning = [n for n, name in enumerate(channels) if name in _TURNS]
            part, channels = part[:, turning], tuple(channels[n] for n in turning)
        motion = euler_turn(part, channels, degrees)
        axis = character.axes_wxyz[joint]
        rotations[:, joint] = quaternion_multiply(
            quaternion_multiply(axis, motion), quaternion_conjugate(axis)
        )
    return MotionClip(character.skeleton, rate, root * character.metres_per_unit, rotations)


def _motion_values(body: Sequence[Line], character: AcclaimSkeleton, path: Path) -> Floats:
    """(T, C) numbers of all joints that have channels, in the character's order."""
    counts = [len(channels) for channels in character.channels]
    firsts = np.cumsum([0, *counts]).tolist()
    moving = {n: k for k, n in enumerate(character.skeleton.names) if counts[k]}
    rows: list[list[float]] = []
    seen: set[str] = set()
    number: int | None = None
    for line in body:
        name = line.words[0]
        if len(line.words) == 1 and name[:18].isdecimal():
            _check_frame(seen, moving, len(rows), path, line.number)
            if number is not None and int(name[:18]) != number + 1:
                raise AcclaimError(
                    f"expected frame {number + 1}; found {name[:40]}", path, line.number
                )
            number, seen = int(name[:18]), set()
            rows.append([math.nan] * firsts[-1])
            continue
        if not rows:
            raise AcclaimError(
                f"expected the number of the first frame; found {quote(line.words)}",
                path,
                line.number,
            )
        joint = moving.get(name)
        if joint is None or name in seen:
            what = "comes twice in a frame" if name in seen else "has no channels in the skeleton"
            raise AcclaimError(f"{name[:40]!a} {what}", path, line.number)
        seen.add(name)
        rows[-1][firsts[joint] : firsts[joint + 1]] = numbers(line, counts[joint], path)
    last = body[-1].number if body else 1
    if not rows:
        raise AcclaimError("the file ends; expected at least one frame", path, last)
    _check_frame(seen, moving, len(rows), path, last)
    return np.array(rows)


def _check_frame(
    seen: set[str], moving: dict[str, int], frames: int, path: Path, line: int
) -> None:
    if frames and (missing := [name for name in moving if name not in seen]):
        raise AcclaimError(
            f"the frame that ends here lacks {', '.join(missing)}: the file was cut, "
            "or is not of this skeleton",
            path,
            line,
        )
