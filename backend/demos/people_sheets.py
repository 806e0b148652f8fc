"""Contact sheets of whole people: bodies, hands, silhouettes of those who walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd, write_crowd
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.demo_character.bones import FINGERS
from blender_addon.demo_character.person import Person

from .cast import NAMING
from .pixels import Pixels, compose_sheet, render_smooth

_FRAME_RATE: Final = 24
_BODY_SIZE: Final = (200, 420)
_BODY_M: Final = 2.1  # height of a picture
_HAND_SIZE: Final = (240, 260)
_HAND_M: Final = 0.26
_HAND_VIEWS: Final = {
    "back": (0.0, 0.0, -1.0),
    "palm": (0.0, 0.0, 1.0),
    "side": (1.0, 0.0, 0.0),
    "fist": (0.0, 0.0, 1.0),
    "fist, side": (1.0, 0.0, 0.0),
}
_FIST_DEG: Final = 72.0
_WALKER_SIZE: Final = (130, 230)
_WALKERS, _POSES = 3, 12
_FROM_FRAME: Final = 44  # of the walk, which is steady there
_APART_FRAMES: Final = 2.25  # a little more than one stride in all
_LENGTH_M: Final = 5.0
_UP: Final = Vector((0.0, 0.0, 1.0))
_FAR_M: Final = 10.0
_BEFORE_HAND_M: Final = 0.14  # nearer than the legs


@dataclass(frozen=True, eq=False)
class Member:
    """Somebody in the sheets.

    Args:
        person: who.
        armature: at the origin, standing at ease.
    """

    person: Person
    armature: bpy.types.Object


def show_only(members: Sequence[Member], shown: Member, kind: str = "") -> None:
    """Leave one of the people in the picture, or of that one a single mesh."""
    for each in members:
        for thing in each.armature.children:
            thing.hide_render = each is not shown or not thing.name.endswith(kind)


@contextmanager
def own_camera(scene: bpy.types.Scene, size: tuple[int, int]) -> Iterator[bpy.types.Object]:
    """An orthographic camera for pictures of a size; gone afterward."""
    camera = bpy.data.objects.new("Sheet", bpy.data.cameras.new("Sheet"))
    scene.collection.objects.link(camera)
    camera.data.type = "ORTHO"
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = size
    try:
        yield camera
    finally:
        bpy.data.objects.remove(camera)


def aim(
    camera: bpy.types.Object,
    target: Vector,
    axes: tuple[Vector, Vector],
    span_m: float,
    away_m: float = _FAR_M,
) -> None:
    """Look at a target as if from far away.

    Args:
        axes: the way from the target to the camera, and what is up in the picture.
        span_m: height of the picture.
        away_m: what is further than this before the target is not seen.
    """
    back, up = axes
    back = back.normalized()
    right = up.cross(back).normalized()
    turn = Matrix((right, back.cross(right), back)).transposed().to_4x4()
    camera.matrix_world = Matrix.Translation(target + away_m * back) @ turn
    camera.data.clip_start = 0.001
    render = bpy.context.scene.render
    camera.data.ortho_scale = span_m * max(1.0, render.resolution_x / render.resolution_y)


def bodies(
    context: bpy.types.Context, members: Sequence[Member], _models: ModelChoice, folder: Path
) -> Pixels:
    """Everybody from the front, and below from the side."""
    stills = []
    with own_camera(context.scene, _BODY_SIZE) as camera:
        for back in (Vector((0.0, -1.0, 0.0)), Vector((1.0, 0.0, 0.0))):
            for each in members:
                show_only(members, each)
                aim(camera, Vector((0.0, 0.0, 0.47 * _BODY_M)), (back, _UP), _BODY_M)
                label = f" {each.person.seed}: {_in_words(each.person)}"
                stills.append(render_smooth(context.scene, folder, label, 11))
    return compose_sheet(stills, len(members))


def _in_words(person: Person) -> str:
    sex = "man" if person.sex > 0.5 else "woman"
    return f"{sex} {person.age_years:.0f}, {person.height_m:.2f} m, {person.weight:+.1f}"


def hands(
    context: bpy.types.Context, members: Sequence[Member], _models: ModelChoice, folder: Path
) -> Pixels:
    """A left hand of each of four: its back, palm and side at ease, the palm as a fist."""
    stills = []
    with own_camera(context.scene, _HAND_SIZE) as camera:
        for each in members[::2]:
            show_only(members, each, "Body")  # no thigh before the palm
            for name, back in _HAND_VIEWS.items():
                bent = _FIST_DEG if name.startswith("fist") else None
                with _fingers(each.armature, bent):
                    _aim_at_hand(context, camera, each.armature, back)
                    label = f" {each.person.seed}: {name}"
                    stills.append(render_smooth(context.scene, folder, label))
    return compose_sheet(stills, len(_HAND_VIEWS))


def _aim_at_hand(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    armature: bpy.types.Object,
    back: tuple[float, float, float],
) -> None:
    """See the left hand with the fingers upward; ``back`` is in the hand bone's axes, palm Z."""
    context.view_layer.update()
    bone = armature.pose.bones[NAMING.names["hand.L"]]
    turn = (armature.matrix_world @ bone.matrix).to_3x3()
    middle = armature.matrix_world @ bone.tail
    axes = turn @ Vector(back), turn @ Vector((0.0, 1.0, 0.0))
    aim(camera, middle, axes, _HAND_M, _BEFORE_HAND_M)


@contextmanager
def _fingers(armature: bpy.types.Object, bent_deg: float | None) -> Iterator[None]:
    """Bend the joints of the left fingers, but the thumb's, by an angle; None as they are."""
    names = [f"{finger}{n}.L" for finger in FINGERS if finger != "thumb" for n in (1, 2, 3)]
    bones = [armature.pose.bones[NAMING.names[name]] for name in names]
    before = [bone.rotation_quaternion.copy() for bone in bones]
    if bent_deg is not None:
        for bone in bones:
            bone.rotation_quaternion = Quaternion((1.0, 0.0, 0.0), np.radians(bent_deg))
    yield
    for bone, turn in zip(bones, before, strict=True):
        bone.rotation_quaternion = turn


def walking(
    context: bpy.types.Context, members: Sequence[Member], models: ModelChoice, folder: Path
) -> Pixels:
    """Twelve silhouettes each of three who walk, over about one stride."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = _FRAME_RATE, 1.0
    curve, chosen = _straight_curve(context), members[:_WALKERS]
    walkers = [WalkSettings(each.armature, curve, start_frame=1) for each in chosen]
    crowd = read_crowd(context, [CrowdMember(each) for each in walkers], models)
    walks = crowd.run().result
    write_crowd(context, crowd, walks)
    stills, shading = [], scene.display.shading
    shading.light, shading.color_type, shading.single_color = "FLAT", "SINGLE", (0.02, 0.02, 0.03)
    with own_camera(scene, _WALKER_SIZE) as camera:
        for each, walk in zip(chosen, walks, strict=True):
            show_only(members, each)
            for number in range(_POSES):
                frame = _FROM_FRAME + round(_APART_FRAMES * number)
                scene.frame_set(frame)
                place = Vector(core_to_blender_points(walk.track.positions[frame - 1]))
                target = place + Vector((0.0, 0.0, 0.47 * _BODY_M))
                aim(camera, target, (Vector((1.0, 0.0, 0.0)), _UP), _BODY_M)
                label = f" {each.person.seed}: {frame / _FRAME_RATE:.2f} s"
                stills.append(render_smooth(scene, folder, label, 11))
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    for each in chosen:
        each.armature.animation_data_clear()
    return compose_sheet(stills, _POSES)


def _straight_curve(context: bpy.types.Context) -> bpy.types.Object:
    data = bpy.data.curves.new("Straight", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(1)
    spline.points[1].co = (0.0, -_LENGTH_M, 0.0, 1.0)
    curve = bpy.data.objects.new("Straight", data)
    context.scene.collection.objects.link(curve)
    return curve
