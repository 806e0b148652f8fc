"""The list of mouth shapes as blocks over the timelines: where they lie, what is under the mouse.

Blocks that were told lie over those that were heard, as their shapes do. While they are edited, the
band is higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ...blender.timeline_overlay import (
    add_band,
    frame_to_pixel,
    frames_across,
    remove_band,
    shown_bands,
)
from ..character.chosen import chosen_settings
from .heard import heard_of, is_told
from .heard_properties import KINDS

BAND: Final = "mouth shapes"
_HEIGHT_PX: Final = 20.0
_EDITED_HEIGHT_PX: Final = 30.0
_GRIP_PX: Final = 6.0
_TEXT_PX: Final = 11.0
_GAP_PX: Final = 1.0
_FEWEST_PX: Final = 0.5
_TITLES: Final = {item[0]: item[1] for item in KINDS}
_LIPS: Final = (0.86, 0.33, 0.36)
_TEETH: Final = (0.85, 0.58, 0.25)
_TONGUE: Final = (0.55, 0.62, 0.36)
_ROUND: Final = (0.52, 0.40, 0.80)
_OPEN: Final = (0.25, 0.56, 0.80)
_REST: Final = (0.40, 0.40, 0.42)
_COLOURS: Final = {
    "BILABIAL": _LIPS, "LABIODENTAL": _LIPS, "SIBILANT": _TEETH, "POSTALVEOLAR": _TEETH,
    "DENTAL": _TONGUE, "ALVEOLAR": _TONGUE, "VELAR": _TONGUE, "RHOTIC": _TONGUE,
    "ROUNDED_GLIDE": _ROUND, "ROUNDED_VOWEL": _ROUND, "OPEN_ROUNDED_VOWEL": _ROUND,
    "OPEN_VOWEL": _OPEN, "MID_VOWEL": _OPEN, "CLOSE_VOWEL": _OPEN, "SILENCE": _REST,
}  # fmt: skip
_PALE: Final = 0.25
"""Opacity of a block that was hardly heard."""
_CHOSEN: Final = (1.0, 1.0, 1.0, 1.0)
_TOLD: Final = (1.0, 0.85, 0.2, 1.0)
editing: Final[dict[str, bool]] = {"on": False}
"""Whether blocks are edited in the window right now."""


@dataclass(frozen=True)
class Block:
    """One line of the list, as it lies on the timeline.

    Args:
        index: of the line.
        first, last: frames.
        told: corrected or inserted by hand.
    """

    index: int
    first: float
    last: float
    told: bool


def blocks_within(heard: Any, first: float, last: float) -> list[Block]:
    """Blocks that reach between two frames, those that lie on top last.

    Args:
        heard: a list.
        first, last: frames.
    """
    count = len(heard.phones)
    firsts, lasts = np.empty(count, np.float32), np.empty(count, np.float32)
    heard.phones.foreach_get("first", firsts)
    heard.phones.foreach_get("last", lasts)
    found, rows = [], list(heard.phones)  # by number, Blender would count through all each time
    for index in np.flatnonzero((lasts >= first) & (firsts <= last)).tolist():
        row = rows[index]
        told = is_told(heard, row)
        if told or row.used:
            found.append(Block(index, float(firsts[index]), float(lasts[index]), told))
    return sorted(found, key=lambda b: (b.told and rows[b.index].used, b.first, b.index))


def block_at(heard: Any, region: bpy.types.Region, x: float) -> tuple[Block | None, str]:
    """The block under the mouse, and whether it is held by its ``middle``, ``first`` or ``last``.

    Args:
        heard: a list.
        region: of the timeline.
        x: of the mouse, pixels of the region.
    """
    scale = bpy.context.preferences.system.ui_scale
    grip = _GRIP_PX * scale
    found: tuple[Block | None, str] = (None, "")
    for block in blocks_within(heard, *frames_across(region)):
        left, right = (frame_to_pixel(region, frame) for frame in (block.first, block.last))
        reach = min(grip, 0.25 * (right - left))
        if left <= x <= right:
            held = "first" if x < left + reach else "last" if x > right - reach else "middle"
            found = block, held
    return found


def band_of(context: bpy.types.Context, region: bpy.types.Region) -> tuple[float, float] | None:
    """Bottom and top of the band in pixels of a region; None where it is not shown."""
    for name, bottom, top in shown_bands(context, region.height):
        if name == BAND:
            return bottom, top
    return None


def _list(context: bpy.types.Context) -> tuple[Any, Any] | None:
    if not hasattr(context.scene, "neural_motion"):
        return None
    speech = chosen_settings(context, "speech")
    heard = None if speech is None else heard_of(speech)
    return None if heard is None or not len(heard.phones) else (speech, heard)


def _height(context: bpy.types.Context) -> float:
    if _list(context) is None:
        return 0.0
    return _EDITED_HEIGHT_PX if editing["on"] else _HEIGHT_PX


def _draw(context: bpy.types.Context, region: bpy.types.Region, bottom: float, top: float) -> None:
    found = _list(context)
    if found is None:
        return
    speech, heard = found
    gpu.state.blend_set("ALPHA")
    _fill(0.0, bottom - _GAP_PX, region.width, top + _GAP_PX, (0.08, 0.08, 0.08, 0.55))
    rows = list(heard.phones)
    for block in blocks_within(heard, *frames_across(region)):
        row = rows[block.index]
        left, right = (frame_to_pixel(region, frame) for frame in (block.first, block.last))
        if right - left < _FEWEST_PX:
            right = left + _FEWEST_PX
        _draw_block(row, block, (left, right, bottom, top), block.index == speech.active_phone)
    gpu.state.blend_set("NONE")


def _draw_block(
    row: Any, block: Block, box: tuple[float, float, float, float], chosen: bool
) -> None:
    left, right, bottom, top = box
    inset = _GAP_PX if right - left > 4.0 * _GAP_PX else 0.0
    inner = left + inset, bottom, right - inset, top
    colour = _COLOURS[row.kind]
    if row.used:
        opaque = 1.0 if block.told else _PALE + (1.0 - _PALE) * min(row.sure / 0.8, 1.0)
        _fill(*inner, (0.05, 0.05, 0.05, 1.0) if block.told else (0.0, 0.0, 0.0, 0.0))
        _fill(*inner, (*colour, opaque))
    if block.told:
        _outline(*inner, _TOLD if row.used else (*colour, 0.8))
        if row.used:
            _fill(inner[0], top - 3.0, inner[2], top, _TOLD)
    if chosen:
        for grown in (0.0, 1.0):
            _outline(inner[0] - grown, bottom - grown, inner[2] + grown, top + grown, _CHOSEN)
    _label(_TITLES[row.kind], inner, 1.0 if row.used else 0.5)


def _label(text: str, box: tuple[float, float, float, float], opaque: float) -> None:
    """The kind's name, as much of it as the block has room for."""
    left, bottom, right, top = box
    blf.size(0, _TEXT_PX * bpy.context.preferences.system.ui_scale)
    for shown in _shorter(text):
        width = blf.dimensions(0, shown)[0]
        if width <= right - left - 2.0:
            middle = 0.5 * (bottom + top - blf.dimensions(0, "M")[1])
            blf.color(0, 1.0, 1.0, 1.0, opaque)
            blf.position(0, 0.5 * (left + right - width), middle, 0.0)
            blf.draw(0, shown)
            return


def _shorter(text: str) -> Iterator[str]:
    words = text.split()
    for count in range(len(words), 0, -1):
        yield " ".join(words[:count])


def _fill(left: float, bottom: float, right: float, top: float, colour: tuple[float, ...]) -> None:
    corners = ((left, bottom), (right, bottom), (right, top), (left, top))
    _draw_shape("TRIS", corners, colour, ((0, 1, 2), (0, 2, 3)))


def _outline(
    left: float, bottom: float, right: float, top: float, colour: tuple[float, ...]
) -> None:
    corners = ((left, bottom), (right, bottom), (right, top), (left, top))
    _draw_shape("LINES", corners, colour, ((0, 1), (1, 2), (2, 3), (3, 0)))


def _draw_shape(
    kind: str,
    corners: tuple[tuple[float, float], ...],
    colour: tuple[float, ...],
    indices: tuple[tuple[int, ...], ...],
) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, kind, {"pos": corners}, indices=indices)
    shader.uniform_float("color", colour)
    batch.draw(shader)


def register() -> None:
    """Draw the blocks from now on."""
    add_band(BAND, _height, _draw)


def unregister() -> None:
    """Draw them no more; an edit that was under way has ended without a word."""
    editing["on"] = False
    remove_band(BAND)
