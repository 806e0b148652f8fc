"""Leaves keys out and checks, by playing them on the rig, that no joint is too far off.

Bounds of single bones say little about where a hand ends up, since errors add up along a chain. So
reduced keys are played on the rig and, where a joint is too far off, reduced again with tighter
bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Ints
from .. import compat
from ..timeline import playhead_kept, show_frame
from .density import KeyCount, KeyDensity, bone_of, thin_out
from .keyframes import Channel, frame_span, write_action
from .options import ResultOptions

Array = NDArray[np.float64]

_TRIES: Final = 8
_PLAYED_FRAMES: Final = 200
_TIGHTER: Final = 0.8


@dataclass(frozen=True, eq=False)
class PlayedRig:
    """A rig on which keys are played to see where its joints end up.

    Args:
        armature: the rig.
        joints: names of the bones whose heads are looked at.
        metres_per_unit: of the armature's space.
        by_hierarchy: a joint is moved by its bone and the bones above it. What hangs on what is
            not told by the hierarchy of a control rig: there it is False.
    """

    armature: bpy.types.Object
    joints: tuple[str, ...]
    metres_per_unit: float
    by_hierarchy: bool = True


def thin_out_on_rig(
    context: bpy.types.Context,
    rig: PlayedRig,
    channels: Sequence[Channel],
    options: ResultOptions,
    chosen: Ints | None = None,
) -> tuple[list[Channel], KeyCount]:
    """Leave keys out as the options ask for, with every joint within their bound.

    Args:
        context: whose scene's time it is; the playhead stays.
        rig: nothing of it is changed.
        channels: on every frame.
        options: density and bounds.
        chosen: as for ``thin_out``.
    """
    unit_m = rig.metres_per_unit
    desired = None
    if options.density is KeyDensity.REDUCED:
        desired = play(context, rig, channels)
    tightness: dict[str, float] = {}
    for _ in range(_TRIES):
        thinned, count = thin_out(
            channels,
            options.density,
            options.bounds(unit_m),
            1000.0 * unit_m,
            chosen=chosen,
            tightness=tightness,
        )
        if desired is None:
            break
        off_m = unit_m * np.linalg.norm(play(context, rig, thinned) - desired, axis=2).max(axis=0)
        count = replace(count, largest_shift_mm=1000.0 * float(off_m.max()))
        if off_m.max() <= options.shift_bound_m:
            break
        _tighten(tightness, _factors(rig, channels, off_m / options.shift_bound_m))
    return thinned, count


def play(
    context: bpy.types.Context, rig: PlayedRig, channels: Sequence[Channel]
) -> NDArray[np.float64]:
    """(K, J, 3) heads of the joints' bones in armature space when these keys are played.

    The action they are played from is gone afterwards, and the assignment as before.
    """
    scene, armature = context.scene, rig.armature
    before = compat.remember_assignment(armature)
    kept = before.action.use_fake_user if before.action is not None else False
    frames = np.unique(np.linspace(*frame_span(channels), _PLAYED_FRAMES).round().astype(int))
    bones = [armature.pose.bones[name] for name in rig.joints]
    with playhead_kept(scene):
        action = write_action(armature, f"{armature.name} Played", channels)
        try:
            rows: list[Any] = []
            for frame in frames.tolist():
                show_frame(scene, frame)
                rows.append([bone.head[:] for bone in bones])
        finally:
            compat.restore_assignment(armature, before)
            if before.action is not None:
                before.action.use_fake_user = kept
            bpy.data.actions.remove(action)
    return np.array(rows)


def _factors(rig: PlayedRig, channels: Sequence[Channel], excess: Array) -> dict[str, float]:
    """By how much to tighten the bones above joints (J,) that are so many times too far off."""
    factors: dict[str, float] = {}
    for name, times in zip(rig.joints, excess.tolist(), strict=True):
        if times <= 1.0:
            continue
        above = [name, *(bone.name for bone in rig.armature.data.bones[name].parent_recursive)]
        concerned = [bpy.utils.escape_identifier(each) for each in above]
        if not rig.by_hierarchy:
            concerned = [bone_of(channel.data_path) for channel in channels]
        for bone in concerned:
            factors[bone] = min(factors.get(bone, 1.0), max(_TIGHTER / times, 0.1))
    return factors


def _tighten(tightness: dict[str, float], factors: Mapping[str, float]) -> None:
    for bone, factor in factors.items():
        tightness[bone] = tightness.get(bone, 1.0) * factor
