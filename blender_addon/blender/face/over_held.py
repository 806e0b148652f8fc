"""Channels of shape keys that go together with what the animator holds there."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.face.held import Meeting, laid_over
from ..keys.held import held_values
from ..keys.keyframes import Channel
from ..timeline import frame_rate_of
from .shape_keys import STILL, shape_path

Array = NDArray[np.floating]


def channels_over_held(
    context: bpy.types.Context,
    mesh: bpy.types.Object,
    weights: Mapping[str, Array],
    meetings: Mapping[str, Meeting],
    frames: Array,
    group: str,
) -> list[Channel]:
    """Channels for the mesh's shape-key datablock, of those shapes that it has and that change.

    Args:
        context: whose scene's time it is.
        mesh: with shape keys.
        weights: by shape key name, (K,), from rest.
        meetings: by shape key name, how it meets what is held; added if it is not there.
        frames: (K,) frame numbers, rising.
        group: what the F-curves are listed under.
    """
    keys = mesh.data.shape_keys
    blocks = [b for b in keys.key_blocks if b.name in weights and b != keys.reference_key]
    held = held_values(context, keys, {shape_path(block.name): frames for block in blocks})
    channels = []
    for block in blocks:
        path = shape_path(block.name)
        before = held[path][:, 0]
        values = laid_over(
            meetings.get(block.name, Meeting()),
            before,
            weights[block.name],
            frame_rate_of(context.scene),
            (block.slider_min, block.slider_max),
        )
        if len(values) and np.abs(values - before).max() > STILL:
            channels.append(Channel(path, 0, frames, values, group))
    return channels
