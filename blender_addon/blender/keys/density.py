"""How dense keys are: on every frame, as few as a bound allows, or on chosen frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Ints
from ...core.errors import SettingsError
from ...core.keys.reduction import ReducedKeys, keys_at, reduce_keys
from .keyframes import Channel, group_channels

Array = NDArray[np.float64]

_PART_OF_TURN: Final = {"rotation_euler": 0.5**0.5, "rotation_axis_angle": 0.2**0.5}
"""A turn may be so much larger than the distance of its numbers: Euler angles of two axes that lie
alike add up, and a unit axis counts twice at a half turn."""


class KeyDensity(Enum):
    """On which frames keys are set."""

    EVERY_FRAME = "EVERY_FRAME"
    REDUCED = "REDUCED"
    CHOSEN_FRAMES = "CHOSEN_FRAMES"
    """Those that matter to what is made; what makes it says which."""


class Quantity(Enum):
    """What a channel's numbers are."""

    TURN = "TURN"
    SHIFT = "SHIFT"
    WEIGHT = "WEIGHT"


@dataclass(frozen=True)
class KeyBounds:
    """Largest errors of reduced keys.

    Args:
        turn_rad: of a bone's or object's rotation.
        shift: of a location, in the channels' own unit; also of what is neither of the others.
        weight: of a shape key's value.
    """

    turn_rad: float
    shift: float
    weight: float

    def of(self, quantity: Quantity) -> float:
        """The bound of one quantity."""
        return {
            Quantity.TURN: self.turn_rad,
            Quantity.SHIFT: self.shift,
            Quantity.WEIGHT: self.weight,
        }[quantity]


@dataclass(frozen=True)
class KeyCount:
    """What became of the keys.

    Args:
        before, after: how many keys.
        largest_turn_deg: largest error of a rotation.
        largest_shift_mm: largest error of a location.
        largest_weight: largest error of a shape key's value.
    """

    before: int = 0
    after: int = 0
    largest_turn_deg: float = 0.0
    largest_shift_mm: float = 0.0
    largest_weight: float = 0.0

    def __add__(self, other: KeyCount) -> KeyCount:
        return KeyCount(
            self.before + other.before,
            self.after + other.after,
            max(self.largest_turn_deg, other.largest_turn_deg),
            max(self.largest_shift_mm, other.largest_shift_mm),
            max(self.largest_weight, other.largest_weight),
        )

    def describe(self) -> str:
        """In the user's words; empty where nothing was left out."""
        if self.after == self.before:
            return ""
        errors = [
            f"{number:.1f}{unit}" if number >= 0.1 else f"{number:.1g}{unit}"
            for number, unit in (
                (self.largest_turn_deg, " degrees"),
                (self.largest_shift_mm, "\u00a0mm"),
                (self.largest_weight, " of a shape"),
            )
            if number > 0
        ]
        return f"{self.after} of {self.before} keys, within {' and '.join(errors) or 'nothing'}"


def thin_out(
    channels: Sequence[Channel],
    density: KeyDensity,
    bounds: KeyBounds,
    mm_per_unit: float,
    *,
    chosen: Ints | None = None,
    tightness: Mapping[str, float] = MappingProxyType({}),
    keep_ends: bool = False,
) -> tuple[list[Channel], KeyCount]:
    """Leave keys out, for each property of each bone on the same frames.

    Args:
        channels: as made for every frame, one after the other.
        density: EVERY_FRAME returns them as they are.
        bounds: for REDUCED.
        mm_per_unit: millimetres in one unit of a location channel.
        chosen: for CHOSEN_FRAMES, indices of those; the first and the last among them.
        tightness: by which the bounds of a bone's properties are multiplied; 1 if it is not there.
        keep_ends: what does not move keeps a key at its end, too, and not at its start alone.

    Raises:
        SettingsError: a bound is not positive, or no frames are given to choose.
    """
    if density is KeyDensity.CHOSEN_FRAMES and chosen is None:
        raise SettingsError("nothing says which frames are to have keys. Choose Reduced instead")
    before = sum(len(channel.frames) for channel in channels)
    if density is KeyDensity.EVERY_FRAME:
        return list(channels), KeyCount(before, before)
    thinned: list[Channel] = []
    largest = dict.fromkeys(Quantity, 0.0)
    for path, group in group_channels(channels).items():
        if len(group[0].frames) < 3:
            thinned += group
            continue
        values = np.stack([channel.values for channel in group], axis=1).astype(np.float64)
        quantity, part = quantity_of(path), _PART_OF_TURN.get(path.rpartition(".")[2], 1.0)
        bound = part * tightness.get(bone_of(path), 1.0) * bounds.of(quantity)
        is_quaternion = path.endswith("rotation_quaternion")
        if density is KeyDensity.CHOSEN_FRAMES and chosen is not None:
            kept = keys_at(chosen, values, is_rotation=is_quaternion)
        else:
            kept = reduce_keys(values, bound, is_rotation=is_quaternion)
        thinned += _kept_channels(
            group, values, _with_end(kept, len(values)) if keep_ends else kept
        )
        largest[quantity] = max(largest[quantity], kept.largest_error / part)
    return thinned, KeyCount(
        before,
        sum(len(channel.frames) for channel in thinned),
        float(np.degrees(largest[Quantity.TURN])),
        mm_per_unit * largest[Quantity.SHIFT],
        largest[Quantity.WEIGHT],
    )


def bone_of(data_path: str) -> str:
    """Name of the bone that a path leads to, escaped as it is there; empty for the object."""
    _, _, rest = data_path.partition('pose.bones["')
    return rest.partition('"]')[0]


def quantity_of(data_path: str) -> Quantity:
    """What the numbers at a data path are."""
    if data_path.startswith("key_blocks["):
        return Quantity.WEIGHT
    turns = data_path.rpartition(".")[2].startswith("rotation_")
    return Quantity.TURN if turns else Quantity.SHIFT


def _with_end(kept: ReducedKeys, count: int) -> ReducedKeys:
    """The same with a key on the last frame where there is but one; nothing moves there."""
    if len(kept.kept) > 1:
        return kept
    both = np.array([0, count - 1])
    return ReducedKeys(both, np.repeat(kept.slopes, 2, axis=0), kept.largest_error)


def _kept_channels(group: Sequence[Channel], values: Array, kept: ReducedKeys) -> Iterator[Channel]:
    for column, channel in enumerate(group):
        yield replace(
            channel,
            frames=channel.frames[kept.kept],
            values=values[kept.kept, column],
            interpolation="BEZIER",
            slopes=kept.slopes[:, column],
        )
