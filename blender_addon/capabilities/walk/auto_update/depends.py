"""What a walk was generated from, in one short text that is quick to work out and kept with it.

It says nothing of the playhead, of what is selected, or of the mode: they change no walk. Where
something is animated, its keys count and not the place that the playhead shows it in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Final

import bpy
import numpy as np

from ....blender.keys.places import animation_key, digest, place_key, settings_key
from ....blender.rig.joint_map import kept_joints
from ....blender.units import units_of
from ....core.inference.choice import ModelChoice
from ..direction.going import GoKind

if TYPE_CHECKING:
    from ..scene import WalkSettings

_KEPT: Final = "neural_motion_made_from"
"""Custom property of an action."""
_APART: Final = frozenset({
    "armature", "curve", "ground", "ground_collection", "going", "replaces", "while_edited",
})  # fmt: skip


def made_from(
    scene: bpy.types.Scene, settings: WalkSettings, written_as: Hashable, models: ModelChoice
) -> str:
    """Changes with whatever the walk depends on.

    Args:
        scene: that it is in.
        settings: of the walk.
        written_as: how it is written.
        models: what generates it.
    """
    render = scene.render
    parts = (
        [(f.name, getattr(settings, f.name)) for f in fields(settings) if f.name not in _APART],
        written_as,
        repr(models),
        _going(settings),
        (render.fps, render.fps_base, render.frame_map_old, render.frame_map_new, units_of(scene)),
        _rig(settings.armature),
        _curve(settings.curve) if settings.going.kind is GoKind.PATH else None,
        [(_place(each), _points(each)) for each in _grounds(settings)],
    )
    return digest(parts)


def keep_made_from(action: bpy.types.Action, key: str) -> None:
    """Remember with a walk what it was generated from."""
    action[_KEPT] = key


def kept_made_from(action: bpy.types.Action | None) -> str | None:
    """What a walk was generated from; None where that is not known."""
    kept = action.get(_KEPT) if action is not None else None
    return kept if isinstance(kept, str) else None


def _going(settings: WalkSettings) -> Hashable:
    going = settings.going
    cursor = going.kind is GoKind.TARGET and going.target is None
    return (
        going.kind.value, going.place if cursor else None, going.stop_short_m, going.stand_s,
        going.end_heading_rad, going.arrive_frame,
        *(_place(each) for each in (going.target, going.end_toward)),
    )  # fmt: skip


def _rig(rig: bpy.types.Object | None) -> Hashable:
    if rig is None:
        return None
    return len(rig.data.bones), tuple(kept_joints(rig).items()), _place(rig)


def _grounds(settings: WalkSettings) -> Iterator[bpy.types.Object]:
    if settings.ground is not None:
        yield settings.ground
    if settings.ground_collection is not None:
        yield from settings.ground_collection.all_objects


def _place(obj: bpy.types.Object | None) -> Hashable:
    return place_key(obj, _stands)


def _stands(action: bpy.types.Action) -> str:
    """A walk of ours says only that it is one: its own keys follow from all the rest."""
    return "" if kept_made_from(action) is None else "walk"


def _curve(curve: bpy.types.Object | None) -> Hashable:
    if curve is None or curve.type != "CURVE":
        return None
    data, parts = curve.data, list[Hashable]()
    for spline in data.splines:
        bezier = spline.type == "BEZIER"
        points = spline.bezier_points if bezier else spline.points
        for name in ("co", "handle_left", "handle_right") if bezier else ("co",):
            values = np.empty(len(points) * (3 if bezier else 4), np.float32)
            points.foreach_get(name, values)
            parts.append(values.tobytes())
        parts.append((
            spline.type, spline.use_cyclic_u, spline.resolution_u, spline.order_u,
            spline.use_endpoint_u, spline.use_bezier_u,
        ))  # fmt: skip
    shapes = _shapes(data)
    modifiers = [settings_key(each, _stands) for each in curve.modifiers]
    return (
        _place(curve),
        animation_key(data.animation_data, _stands),
        data.resolution_u,
        parts,
        shapes,
        modifiers,
    )


def _points(mesh: bpy.types.Object) -> Hashable:
    """Where the vertices of a ground lie, and what changes that; it is read many times a second."""
    if mesh.type != "MESH":
        return None
    vertices, places = mesh.data.vertices, mesh.data.attributes.get("position")
    values = np.empty(3 * len(vertices), np.float32)
    if places is not None and len(places.data) == len(vertices):
        places.data.foreach_get("vector", values)  # fifty times as fast
    else:  # in Edit Mode
        vertices.foreach_get("co", values)
    shape = hashlib.blake2b(values, digest_size=8).digest()
    modifiers = [settings_key(each, _stands) for each in mesh.modifiers]
    return (shape, len(mesh.data.polygons), modifiers, *_shapes(mesh.data))


def _shapes(data: bpy.types.Curve | bpy.types.Mesh) -> list[tuple[float, bool]]:
    """How much of each shape key shows."""
    blocks = data.shape_keys.key_blocks if data.shape_keys is not None else ()
    return [(block.value, block.mute) for block in blocks]
