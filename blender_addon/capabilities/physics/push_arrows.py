"""Draws the pushes on the chosen character as arrows in the 3D views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector

from ...blender.rig.joint_map import named_joints
from ...core.conventions import Floats
from ...core.physics.figure import PARTS, PELVIS
from .choice import unit_direction
from .preview import draw_lines
from .properties import chosen_physics

_JOINTS: Final = {PELVIS: "Hips", **{part.name: part.joint for part in PARTS}}
_COLOUR: Final = (0.25, 0.62, 1.0)
_RIM: Final = (0.0, 0.0, 0.0, 0.4)
_WIDTH_PX: Final = 4.0
_NEAR_FRAMES: Final = 12
"""A push is shown so long before and after it; the chosen one always."""
_FAINT: Final = 0.35
_SHORTEST, _PER_100_N_S, _LONGEST = 0.15, 0.35, 0.9
"""Length of an arrow, of the character's size."""
_HEAD: Final = 0.28
"""Of an arrow's length."""
_handlers: Final[list[Any]] = []
_bones: dict[tuple[int, int], dict[str, str]] = {}


def register() -> None:
    """Draw from now on; nothing in background mode."""
    if not bpy.app.background:
        add = bpy.types.SpaceView3D.draw_handler_add
        _handlers.append(add(_draw, (), "WINDOW", "POST_VIEW"))


def unregister() -> None:
    """Draw no more."""
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
    _bones.clear()


def redraw() -> None:
    """Let every 3D view be drawn anew."""
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def arrows(context: bpy.types.Context) -> Iterator[tuple[Floats, float]]:
    """(L, 2, 3) lines of each arrow that is shown, in the scene, and its opacity."""
    chosen = chosen_physics(context)
    if chosen is None:
        return
    armature, now = chosen.id_data, context.scene.frame_current
    for number, push in enumerate(chosen.pushes):
        away = abs(push.frame - now)
        if away > _NEAR_FRAMES and number != chosen.active_push:
            continue
        place = place_of(armature, push.body)
        if place is not None:
            yield arrow(push, place, _size(armature)), 1.0 if away <= 1 else _FAINT


def place_of(armature: bpy.types.Object, body: str) -> Floats | None:
    """(3,) where a body of the figure is on the character now; None without such a bone."""
    key = armature.session_uid, len(armature.data.bones)
    if key not in _bones:
        _bones.clear()
        _bones[key] = named_joints(armature)
    bone = armature.pose.bones.get(_bones[key].get(_JOINTS[body], ""))
    if bone is None:
        return None
    return np.array(armature.matrix_world @ (0.5 * (bone.head + bone.tail)), np.float64)


def arrow(push: Any, place: Floats, size: float) -> Floats:
    """(L, 2, 3) an arrow whose point is at a place.

    Args:
        push: a ``NEURALMOTION_PG_physics_push``.
        place: (3,) in the scene.
        size: of the character.
    """
    along = Vector(unit_direction(push.direction))
    if along.length == 0.0:
        return np.zeros((0, 2, 3))
    share = min(_SHORTEST + _PER_100_N_S * push.strength / 100.0, _LONGEST)
    length = share * size
    across = along.orthogonal().normalized()
    other = along.cross(across)
    tip = np.asarray(place)
    lines = [(tip - length * np.array(along), tip)]
    for side in (across, -across, other, -other):
        barb = -np.array(along) + 0.45 * np.array(side)
        lines.append((tip, tip + _HEAD * length * barb))
    return np.array(lines)


def _size(armature: bpy.types.Object) -> float:
    return max(armature.dimensions) or 1.0


def _draw() -> None:
    import gpu

    context = bpy.context
    space = context.space_data
    if space is None or not space.overlay.show_overlays:
        return
    if not hasattr(context.scene, "neural_motion"):
        return
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("ALPHA")
    for lines, opacity in arrows(context):
        draw_lines(lines, _WIDTH_PX + 2.0, (*_RIM[:3], opacity * _RIM[3]))
        draw_lines(lines, _WIDTH_PX, (*_COLOUR, opacity))
    gpu.state.blend_set("NONE")
