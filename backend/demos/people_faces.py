"""Contact sheets of faces: the 52 shapes, and what the mouth does at vowels and consonants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import bpy

from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.demo_character.portrait import face_camera

from .people_sheets import Member, show_only
from .pixels import Pixels, compose_sheet, render_smooth

_SHAPE_SIZE: Final = (120, 156)
_SHAPE_FONT: Final = 9
_SHAPE_COLUMNS: Final = 16
_FACES: Final = 2
_MOUTH_SIZE: Final = (220, 240)
_SPEAKERS: Final = 3
_SHAPE_FILL, _MOUTH_FILL = 0.76, 0.66
_LABEL_SHARE: Final = 0.05  # of a picture, kept free above for its label
_SHAPE_TURN_DEG, _MOUTH_TURN_DEG = 6.0, 18.0

# Weights by ARKit channel.
_MOUTHS: Final[Mapping[str, Mapping[str, float]]] = {
    "A (father)": {"jawOpen": 0.6, "mouthLowerDown": 0.25, "mouthUpperUp": 0.15},
    "E (bed)": {"jawOpen": 0.3, "mouthStretch": 0.3, "mouthLowerDown": 0.35, "mouthUpperUp": 0.2},
    "I (see)": {"jawOpen": 0.12, "mouthSmile": 0.35, "mouthStretch": 0.35, "mouthLowerDown": 0.3,
                "mouthUpperUp": 0.2},
    "O (more)": {"jawOpen": 0.38, "mouthFunnel": 0.65, "mouthPucker": 0.25},
    "U (you)": {"jawOpen": 0.12, "mouthPucker": 0.85, "mouthFunnel": 0.2},
    "m (map)": {"jawOpen": 0.08, "mouthClose": 0.08, "mouthPress": 0.35, "mouthRollLower": 0.2,
                "mouthRollUpper": 0.2},
    "f (fun)": {"jawOpen": 0.1, "mouthRollLower": 0.6, "mouthUpperUp": 0.3, "mouthShrugUpper": 0.1},
    "o (go)": {"jawOpen": 0.25, "mouthPucker": 0.55, "mouthFunnel": 0.35},
}  # fmt: skip


def pose_face(member: Member, weights: Mapping[str, float]) -> None:
    """Give every mesh of somebody these weights and no others.

    Args:
        weights: by ARKit channel; one without its side stands for both.
    """
    for thing in member.armature.children:
        if thing.data.shape_keys is not None:
            for key in thing.data.shape_keys.key_blocks[1:]:
                both = key.name.removesuffix("Left").removesuffix("Right")
                key.value = weights.get(key.name, weights.get(both, 0.0))


def shapes(
    context: bpy.types.Context, members: Sequence[Member], _models: ModelChoice, folder: Path
) -> Pixels:
    """Every shape: on one face full and half, then the same on another face."""
    faces = []
    for each in _shaven(members)[:_FACES]:
        cells = {}
        _look_at(context, members, each, _SHAPE_SIZE, _SHAPE_TURN_DEG, _SHAPE_FILL)
        for name in ARKIT_52:
            for share, label in ((1.0, f" {name}"), (0.5, " half")):
                pose_face(each, {name: share})
                still = render_smooth(context.scene, folder, label, _SHAPE_FONT)
                cells[name, share] = still
        pose_face(each, {})
        faces.append(cells)
    stills = [cells[name, share] for name in ARKIT_52 for cells in faces for share in (1.0, 0.5)]
    return compose_sheet(stills, _SHAPE_COLUMNS)


def vowels(
    context: bpy.types.Context, members: Sequence[Member], _models: ModelChoice, folder: Path
) -> Pixels:
    """A E I O U, m, f and o on three faces."""
    stills = []
    for each in _shaven(members)[:_SPEAKERS]:
        _look_at(context, members, each, _MOUTH_SIZE, _MOUTH_TURN_DEG, _MOUTH_FILL)
        for name, weights in _MOUTHS.items():
            pose_face(each, weights)
            label = f" {each.person.seed}: {name}"
            stills.append(render_smooth(context.scene, folder, label))
        pose_face(each, {})
    return compose_sheet(stills, len(_MOUTHS))


def _shaven(members: Sequence[Member]) -> list[Member]:
    """First those whose mouth no beard hides."""
    return sorted(members, key=lambda each: each.person.look.beard == "full")


def _look_at(
    context: bpy.types.Context,
    members: Sequence[Member],
    shown: Member,
    size: tuple[int, int],
    turn_deg: float,
    fill: float,
) -> None:
    context.scene.render.resolution_x, context.scene.render.resolution_y = size
    show_only(members, shown)
    camera = face_camera(context, shown.armature, turn_deg=turn_deg, fill=fill)
    camera.data.shift_y = _LABEL_SHARE
