"""How far a character's eyes may turn: said by hand, by its file, or measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.face.bone_names import find_part
from ...core.face.eye_angles import EYE_LIMITS_DEG
from ...core.face.maps import FaceMapping
from ...core.retarget.bone_names import words_of
from .eye_opening import measure_opening, read_parts
from .eyes_found import SIDES, Eyes
from .look_shapes import ShapeTurn
from .vrm_look import Limits, vrm_limits

Array = NDArray[np.float64]

LEAST_DEG: Final = 2.0
"""An eye that moved by less would look frozen."""
_AROUND_EYE: Final = frozenset("lid eyelid lash eyelash brow eyebrow socket".split())
_NEAR: Final = 4.0  # of the distance between the eyes: how far around the meshes matter


@dataclass(frozen=True)
class EyeLimits:
    """How far the eyes turn in the head.

    Args:
        degrees: to the side, up, down.
        source: what says so, in the user's words; empty for what eyes usually do.
    """

    degrees: Limits = EYE_LIMITS_DEG
    source: str = ""

    def describe(self) -> str:
        """One line for the panel; empty where nothing limits the eyes more than usual."""
        side, up, down = self.degrees
        if not self.source:
            return ""
        return f"eyes turn {side:.0f}° to the side, {up:.0f}° up, {down:.0f}° down ({self.source})"


def find_limits(
    owner: bpy.types.Object,
    eyes: Eyes,
    to_owner: Mapping[str, Array],
    centres: Array,
    axes: Array,
    turns: Mapping[str, ShapeTurn],
    *,
    lids_follow: bool,
) -> EyeLimits:
    """What limits the eyes of a character of which nothing was said by hand.

    Args:
        owner: the armature, or the object that is the head.
        eyes: what turns.
        to_owner: (4, 4) from each mesh's space to the owner's at rest.
        centres: (2, 3) of the eyes at rest, owner space, in the order of ``eyes.pair``.
        axes: (3, 3) rows: left, up, forward of the face.
        turns: what each eyeLook shape does.
        lids_follow: whether eyeLook shapes move the lids along.
    """
    if eyes.kind == "SHAPES":
        return _within_usual(_shape_limits(eyes, turns), "as far as its shapes turn them")
    said = vrm_limits(owner) if owner.type == "ARMATURE" else None
    if said is not None:
        return _within_usual(said, "from its VRM look-at")
    apart = float(np.linalg.norm(centres[0] - centres[1]))
    if apart < 1e-6:
        return EyeLimits()
    face = eyes.face if lids_follow else FaceMapping()
    near = (centres.mean(axis=0), _NEAR * apart)
    parts = read_parts(to_owner, _turning(owner, eyes), face, near)
    measured = None if parts is None else measure_opening(parts, centres, axes)
    return EyeLimits() if measured is None else _within_usual(measured, "measured on its lids")


def _within_usual(found: Sequence[float], source: str) -> EyeLimits:
    limits = [
        min(max(each, LEAST_DEG), usual) for each, usual in zip(found, EYE_LIMITS_DEG, strict=True)
    ]
    side, up, down = limits
    return EyeLimits((side, up, down), source if (side, up, down) != EYE_LIMITS_DEG else "")


def _shape_limits(eyes: Eyes, turns: Mapping[str, ShapeTurn]) -> Limits:
    """How far shapes turn the eyes at the end of their sliders, the nearer of both eyes."""
    reached = {channel: _reach_deg(turn, _end(eyes, channel)) for channel, turn in turns.items()}

    def least(*ways: str) -> float:
        return min(reached[f"eyeLook{way}{side}"] for way in ways for side in ("Left", "Right"))

    return least("In", "Out"), least("Up"), least("Down")


def _reach_deg(turn: ShapeTurn, weight: float) -> float:
    """The angle at a weight of the shape; vertices move straight, so on a chord of the circle."""
    aside = weight * np.sin(turn.angle_rad)
    ahead = 1.0 - aside * np.tan(turn.angle_rad / 2)
    return float(np.degrees(np.arctan2(aside, ahead)))


def _end(eyes: Eyes, channel: str) -> float:
    """The largest weight that no slider cuts off."""
    targets = dict(eyes.face.targets.get(channel, ()))
    ends = [
        block.slider_max / abs(targets[block.name])
        for name in eyes.meshes
        for block in bpy.data.objects[name].data.shape_keys.key_blocks
        if targets.get(block.name)
    ]
    return float(np.clip(min(ends, default=1.0), 0.0, 1.0))


def _turning(owner: bpy.types.Object, eyes: Eyes) -> tuple[frozenset[str], frozenset[str]]:
    """Names of what turns with each eye: its bone or object, what hangs below, and its doubles.

    Lids that hang on a double of the bone, as on Rigify's eye_master, do not turn with it.
    """
    if eyes.kind == "OBJECTS":
        left, right = (bpy.data.objects[name] for name in eyes.pair)
        return tuple(
            frozenset((each.name, *(child.name for child in each.children_recursive)))
            for each in (left, right)
        )
    bones = owner.data.bones
    parts = find_part(bones.keys(), "eye")
    found = []
    for name, side in zip(eyes.pair, SIDES, strict=True):
        known = {each.name: each.side for each in parts}
        doubles = {n for n, s in known.items() if s == known.get(name, side)} - {name}
        below = {b.name for n in doubles for b in bones[n].children_recursive}
        turning = {name, *(b.name for b in bones[name].children_recursive), *doubles}
        found.append(frozenset(turning | {n for n in below if not _AROUND_EYE & {*words_of(n)}}))
    return found[0], found[1]
