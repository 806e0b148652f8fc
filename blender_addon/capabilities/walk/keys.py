"""How dense the keys of a walk are, and how its ends blend into the pose that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ...blender.keys.keyframes import Channel
from ...core.conventions import Bools
from ...core.keys.reduction import ReducedKeys, contact_frames, keys_at, reduce_keys

Array = NDArray[np.float64]


class KeyDensity(Enum):
    """On which frames keys are set."""

    EVERY_FRAME = "EVERY_FRAME"
    REDUCED = "REDUCED"
    CONTACTS = "CONTACTS"


@dataclass(frozen=True)
class KeyCount:
    """What became of the keys.

    Args:
        before, after: how many keys.
        largest_turn_deg: largest error of a rotation.
        largest_shift_mm: largest error of a bone's own location.
    """

    before: int
    after: int
    largest_turn_deg: float = 0.0
    largest_shift_mm: float = 0.0

    def describe(self) -> str:
        """In the user's words; empty where nothing was left out."""
        if self.after == self.before:
            return ""
        return (
            f"{self.after} of {self.before} keys, within {self.largest_turn_deg:.1f} degrees "
            f"and {self.largest_shift_mm:.1f}\u00a0mm"
        )


def thin_out(
    channels: Sequence[Channel],
    density: KeyDensity,
    turn_bound_rad: float,
    shift_bound: float,
    contacts: Bools | None,
    mm_per_unit: float,
    tightness: Mapping[str, float] = MappingProxyType({}),
) -> tuple[list[Channel], KeyCount]:
    """Leave keys out, for each property of each bone on the same frames.

    Args:
        channels: as made for every frame.
        density: EVERY_FRAME returns them as they are.
        turn_bound_rad, shift_bound: for REDUCED; the latter in the channels' own unit.
        contacts: (T, 4) for CONTACTS.
        mm_per_unit: millimetres in one unit of a location channel.
        tightness: by which the bounds of a bone's properties are multiplied; 1 if it is not there.
    """
    before = sum(len(channel.frames) for channel in channels)
    if density is KeyDensity.EVERY_FRAME:
        return list(channels), KeyCount(before, before)
    thinned: list[Channel] = []
    turn = shift = 0.0
    for group in group_by_property(channels):
        if len(group[0].frames) < 3:
            thinned += group
            continue
        values = np.stack([channel.values for channel in group], axis=1).astype(np.float64)
        turns = "rotation" in group[0].data_path
        tight = tightness.get(bone_of(group[0].data_path), 1.0)
        bounds = tight * turn_bound_rad, tight * shift_bound
        kept = _reduce(group, values, density, bounds, contacts)
        thinned += _kept_channels(group, values, kept)
        turn = max(turn, kept.largest_error if turns else 0.0)
        shift = max(shift, 0.0 if turns else kept.largest_error)
    after = sum(len(channel.frames) for channel in thinned)
    return thinned, KeyCount(before, after, float(np.degrees(turn)), mm_per_unit * shift)


def bone_of(data_path: str) -> str:
    """Name of the bone that a path leads to, escaped as it is there; empty for the object."""
    _, _, rest = data_path.partition('pose.bones["')
    return rest.partition('"]')[0]


def group_by_property(channels: Sequence[Channel]) -> Iterator[list[Channel]]:
    """Channels of one property together, in the order of their index."""
    groups: dict[str, list[Channel]] = {}
    for channel in channels:
        groups.setdefault(channel.data_path, []).append(channel)
    for group in groups.values():
        yield sorted(group, key=lambda channel: channel.index)


def _reduce(
    group: Sequence[Channel],
    values: Array,
    density: KeyDensity,
    bounds: tuple[float, float],
    contacts: Bools | None,
) -> ReducedKeys:
    path = group[0].data_path
    is_quaternion = path.endswith("rotation_quaternion")
    if density is KeyDensity.CONTACTS and contacts is not None:
        return keys_at(contact_frames(contacts), values, is_rotation=is_quaternion)
    # Angles of Euler and axis–angle turns add up at the most: together they stay in the bound.
    bound = bounds[0] if "rotation" in path else bounds[1]
    return reduce_keys(values, bound, is_rotation=is_quaternion)


def _kept_channels(group: Sequence[Channel], values: Array, kept: ReducedKeys) -> Iterator[Channel]:
    for column, channel in enumerate(group):
        yield replace(
            channel,
            frames=channel.frames[kept.kept],
            values=values[kept.kept, column],
            interpolation="BEZIER",
            slopes=kept.slopes[:, column],
        )


def blend_ends(
    channels: Sequence[Channel],
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    blend_in_frames: float,
    blend_out_frames: float,
) -> list[Channel]:
    """Let the walk grow out of one pose and end in another.

    Args:
        channels: on every frame of the walk; those with a single key stay as they are.
        before, after: values of properties by data path, at the first and the last frame; what is
            not in them is not blended.
        blend_in_frames, blend_out_frames: how long; 0 for not at all.
    """
    blended: list[Channel] = []
    for group in group_by_property(channels):
        frames = group[0].frames
        values = np.stack([channel.values for channel in group], axis=1).astype(np.float64)
        path = group[0].data_path
        for pose, length, distance in (
            (before.get(path), blend_in_frames, frames - frames[0]),
            (after.get(path), blend_out_frames, frames[-1] - frames),
        ):
            if pose is not None and length > 0 and len(frames) > 1:
                values = _mixed(path, values, pose, _ease(distance / length))
        blended += [replace(c, values=values[:, n]) for n, c in enumerate(group)]
    return blended


def _ease(share: Array) -> Array:
    """0 at the end, 1 from ``share`` 1 on, without a jolt at either."""
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def _mixed(path: str, values: Array, pose: Array, weight: Array) -> Array:
    w = weight[:, None]
    if path.endswith("rotation_quaternion"):
        near = np.where((values @ pose)[:, None] < 0, -pose, pose)
        mixed = w * values + (1.0 - w) * near
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))
    if path.endswith("rotation_euler"):
        pose = values - (values - pose + np.pi) % (2.0 * np.pi) + np.pi
    return np.asarray(w * values + (1.0 - w) * pose)
