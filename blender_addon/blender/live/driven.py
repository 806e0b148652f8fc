"""Who is steered: shown on its rig without any keys, and put back as it was.

While a character is driven its animation is put aside, for it would overwrite the pose. What is
shown are the keys of one frame at a time, set on bones and controls as if they had been evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import MODEL_FRAME_RATE_HZ
from ...core.errors import SkeletonError
from .. import compat
from ..keys.keyframes import Channel

Array = NDArray[np.float64]

_BASIS: Final = (
    "location",
    "rotation_quaternion",
    "rotation_euler",
    "rotation_axis_angle",
    "scale",
)


class Driven(Protocol):
    """Somebody who is steered."""

    @property
    def seconds(self) -> float:
        """How long has been driven."""
        ...

    @property
    def steps_per_second(self) -> float:
        """What the computer can do."""
        ...

    @property
    def place(self) -> Array:
        """(3,) where it stands in the scene, Blender's axes and units."""
        ...

    @property
    def units_per_metre(self) -> float:
        """Blender units that are to it what a metre is to a person."""
        ...

    @property
    def footprints(self) -> list[tuple[Array, float]]:
        """Outlines (P, 3) of where feet stood, Blender's axes and units, and seconds since."""
        ...

    def advance(self, desired: Sequence[float], steps: int = 1) -> object:
        """Go on by some sixtieths of a second at a velocity in m/s along X and Y; show the last."""
        ...

    def revert(self) -> None:
        """Put it back as it was before."""
        ...


class Before:
    """An armature object as it was before it was driven."""

    def __init__(self, armature: bpy.types.Object) -> None:
        owners = [armature, *armature.pose.bones]
        self._basis = [[tuple(getattr(owner, name)) for name in _BASIS] for owner in owners]
        self._properties: dict[tuple[str, str], Any] = {}
        self._assignment = compat.remember_assignment(armature)
        data = armature.animation_data
        self._used_nla = data.use_nla if data is not None else True
        self._aside = False

    def put_aside_animation(self, armature: bpy.types.Object, channels: Sequence[Channel]) -> None:
        """Once: let no action or strip set the pose, and remember the switches that will be set."""
        if self._aside:
            return
        self._aside = True
        for path in {c.data_path for c in channels if c.data_path.endswith('"]')}:
            bone, name = _property_of(path)
            self._properties[bone, name] = armature.pose.bones[bone][name]
        if armature.animation_data is not None:
            armature.animation_data.action = None
            armature.animation_data.use_nla = False

    def restore(self, armature: bpy.types.Object) -> None:
        """Put everything back, to the bit."""
        if self._aside and armature.animation_data is not None:
            armature.animation_data.use_nla = self._used_nla
            compat.restore_assignment(armature, self._assignment)
        self._aside = False
        for (bone, name), value in self._properties.items():
            armature.pose.bones[bone][name] = value
        owners = [armature, *armature.pose.bones]
        for owner, values in zip(owners, self._basis, strict=True):
            for name, value in zip(_BASIS, values, strict=True):
                setattr(owner, name, value)


def show_channels(armature: bpy.types.Object, channels: Sequence[Channel]) -> None:
    """Set the first value of each channel."""
    for path, values in _values(channels).items():
        if path.endswith('"]'):
            bone, name = _property_of(path)
            kind = type(armature.pose.bones[bone][name])
            armature.pose.bones[bone][name] = kind(values[0])
            continue
        owner, _, name = path.rpartition(".")
        target = armature.path_resolve(owner) if owner else armature
        setattr(target, name, values)


def _values(channels: Sequence[Channel]) -> dict[str, tuple[float, ...]]:
    """First value of each property's elements."""
    found: dict[str, dict[int, float]] = {}
    for channel in channels:
        found.setdefault(channel.data_path, {})[channel.index] = float(channel.values[0])
    return {path: tuple(row[n] for n in sorted(row)) for path, row in found.items()}


def _property_of(path: str) -> tuple[str, str]:
    """Bone and custom property of a path such as ``pose.bones["b"]["IK_FK"]``."""
    bone, _, name = path.removeprefix('pose.bones["').removesuffix('"]').partition('"]["')
    return bone, name


def parse_profile(text: str) -> list[tuple[float, float, float]]:
    """Seconds and velocity (X, Y in m/s) of each stretch of "2:0:-1.3; 1:0:0".

    Raises:
        SkeletonError: it is written otherwise.
    """
    stretches = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        try:
            seconds, x, y = (float(number) for number in part.split(":"))
        except ValueError:
            seconds, x, y = np.nan, 0.0, 0.0
        if not np.isfinite((seconds, x, y)).all() or seconds < 0:
            raise SkeletonError(
                f"'{part}' is no stretch of a profile; write seconds:X:Y, as in '2:0:-1.3; 1:0:0'"
            )
        stretches.append((seconds, x, y))
    return stretches


def drive_profile(driven: Driven, text: str) -> None:
    """Drive without a viewport.

    Raises:
        InputError: the profile is written wrongly or cannot be driven.
    """
    for seconds, x, y in parse_profile(text):
        for _ in range(round(seconds * MODEL_FRAME_RATE_HZ)):
            driven.advance((x, y))
