"""Characters with eyes of every kind, built in code."""

from __future__ import annotations

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector

from tests.shared.blender.builders import make_rig

EYES = {"Left": Vector((0.032, -0.09, 1.66)), "Right": Vector((-0.032, -0.09, 1.66))}
HEAD = Vector((0.0, 0.0, 1.58))
RADIUS = 0.012
LOOK_RAD = np.deg2rad(28.0)


def eye_names(pattern: str) -> dict[str, str]:
    """Bone names by side; {S} Left/Right, {s} left/right, {L} L/R, {l} l/r."""
    return {
        side: pattern.format(S=side, s=side.lower(), L=side[0], l=side[0].lower()) for side in EYES
    }


def rig_with_eyes(pattern: str = "{S}Eye", tail=(0, -0.03, 0), roll=0.0, **options):
    """The character of ``make_rig`` with eye bones under its head; ``options`` go there."""
    armature = make_rig(**options)
    prefix, size = options.get("prefix", ""), options.get("size", 1.0)
    space = options.get("space") or Matrix()
    add_bones(
        armature,
        {
            name: (space @ (size * EYES[side]), space @ (size * (EYES[side] + Vector(tail))), roll)
            for side, name in eye_names(pattern).items()
        },
        prefix + "Head",
        options.get("rotation_mode", "QUATERNION"),
    )
    return armature


def add_bones(armature, bones, parent, rotation_mode="QUATERNION"):
    """Bones (head, tail, roll) by name below a parent."""
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (head, tail, roll) in bones.items():
        bone = armature.data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, roll
        bone.parent = armature.data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    for name in bones:
        armature.pose.bones[name].rotation_mode = rotation_mode
    return armature


def rig_with_aimed_eyes():
    """As Rigify generates it: eyes are turned by constraints towards controls before the face."""
    armature = rig_with_eyes("MCH-eye.{L}")
    ahead = {f"eye.{side[0]}": EYES[side] + Vector((0, -0.3, 0)) for side in EYES}
    above = Vector((0, 0, 0.03))
    add_bones(armature, {n: (p, p + above, 0.0) for n, p in ahead.items()}, "Head")
    for side in ("L", "R"):
        track = armature.pose.bones[f"MCH-eye.{side}"].constraints.new("DAMPED_TRACK")
        track.target, track.subtarget = armature, f"eye.{side}"
    return armature


def eyeball(name: str, centre=(0, 0, 0)):
    """A ball looking along −Y, with a vertex there."""
    mesh = bpy.data.meshes.new(name)
    ball = bmesh.new()
    bmesh.ops.create_uvsphere(ball, u_segments=16, v_segments=10, radius=RADIUS)
    # A pole becomes the pupil.
    bmesh.ops.rotate(ball, verts=ball.verts, matrix=Matrix.Rotation(np.pi / 2, 3, "X"))
    bmesh.ops.translate(ball, verts=ball.verts, vec=Vector(centre))
    ball.to_mesh(mesh)
    ball.free()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def rig_with_eye_objects(pattern="Eye.{L}"):
    """Eyeballs as objects, each parented to the head bone."""
    armature = make_rig(name="Doll")
    bpy.context.view_layer.update()
    for side, name in eye_names(pattern).items():
        eye = eyeball(name)
        eye.parent, eye.parent_type, eye.parent_bone = armature, "BONE", "Head"
        bpy.context.view_layer.update()
        eye.matrix_world = Matrix.Translation(EYES[side])
    bpy.context.view_layer.update()
    return armature


def face_with_shapes(armature=None, lids=False, blink=True):
    """A mesh of two eyeballs with ARKit's eyeLook shapes; deformed by an armature's head if given.

    ``lids`` makes shapes that move something else than the eyeballs.
    """
    face = eyeball("Face", EYES["Left"])
    right = eyeball("Other", EYES["Right"])
    count = len(face.data.vertices)
    data = bmesh.new()
    data.from_mesh(face.data)
    data.from_mesh(right.data)
    if lids:
        for centre in EYES.values():
            bmesh.ops.create_grid(data, x_segments=3, y_segments=3, size=RADIUS)
            data.verts.ensure_lookup_table()
            bmesh.ops.translate(data, verts=data.verts[-16:], vec=centre + Vector((0, -0.02, 0)))
    data.to_mesh(face.data)
    data.free()
    bpy.data.objects.remove(right)
    face.shape_key_add(name="Basis")
    for number, (side, centre) in enumerate(EYES.items()):
        chosen = range(number * count, (number + 1) * count)
        if lids:
            chosen = range(2 * count + 16 * number, 2 * count + 16 * (number + 1))
        for way, turn in _turns(side).items():
            _shape(face, f"eyeLook{way}{side}", chosen, centre, turn)
        if blink:
            _shape(face, f"eyeBlink{side}", chosen, centre, Matrix.Scale(0.9, 3))
    if armature is not None:
        face.parent = armature
        face.vertex_groups.new(name="Head").add(range(len(face.data.vertices)), 1.0, "REPLACE")
        face.modifiers.new("Armature", "ARMATURE").object = armature
    return face


def _turns(side):
    outward = 1 if side == "Left" else -1
    return {
        "Up": Matrix.Rotation(-LOOK_RAD, 3, "X"),
        "Down": Matrix.Rotation(LOOK_RAD, 3, "X"),
        "Out": Matrix.Rotation(outward * LOOK_RAD, 3, "Z"),
        "In": Matrix.Rotation(-outward * LOOK_RAD, 3, "Z"),
    }


def _shape(face, name, chosen, centre, turn):
    key = face.shape_key_add(name=name)
    key.value = 0.0
    for n in chosen:
        key.data[n].co = centre + turn @ (key.data[n].co - centre)


def pupil(face) -> int:
    """Index of the pupil among an eyeball's vertices."""
    rest = [key.co.y for key in face.data.shape_keys.key_blocks["Basis"].data]
    return int(np.argmin(rest[: len(rest) // 2]))


def point(name: str, place):
    """Something to look at."""
    target = bpy.data.objects.new(name, None)
    target.location = place
    bpy.context.scene.collection.objects.link(target)
    return target


FLAT_IRIS = 0.009
FLAT_OPENING = (0.015, 0.011)
"""Half of the width and height of the opening that a flat iris lies behind."""


def rig_with_flat_eyes(depth=0.025, named=True, objects=False, space=None):
    """As in VRoid's characters: flat discs that turn about a place behind them, and slide beneath
    a face with two holes; the whites stay where they are.

    Args:
        depth: from the eye bones to the irises.
        named: whether materials tell which is which.
        objects: whether face, whites and irises are meshes of their own.
        space: the character's own axes, (4, 4).
    """
    armature = rig_with_eyes("J_Adj_{L}_FaceEye", (0, 0, 0.02), space=space)
    parts = {"Skin": bmesh.new(), "EyeWhite": bmesh.new(), "EyeIris": bmesh.new()}
    for centre in EYES.values():
        front = centre + Vector((0, -depth, 0))
        _plate(parts["Skin"], front + Vector((0, -0.003, 0)), *FLAT_OPENING)
        _disc(parts["EyeWhite"], front + Vector((0, 0.004, 0)), 0.02)
        _disc(parts["EyeIris"], front, FLAT_IRIS)
    names = list(parts) if objects else ["Face"]
    meshes = {name: bpy.data.meshes.new(name) for name in names}
    for slot, (part, data) in enumerate(parts.items()):
        mesh = meshes.get(part) or meshes["Face"]
        mesh.materials.append(bpy.data.materials.new(part if named else f"Material {slot}"))
        for polygon in data.faces:
            polygon.material_index = 0 if objects else slot
        if not objects and slot:
            data.from_mesh(mesh)
        data.to_mesh(mesh)
        data.free()
    for name, mesh in meshes.items():
        _dress(armature, name, mesh, depth, space or Matrix())
    armature["iris_depth"] = depth
    return armature


def _plate(data, middle, wide, high, reach=0.031):
    """A square with an oval hole."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    inner = [middle + Vector((wide * np.cos(a), 0, high * np.sin(a))) for a in angles]
    outer = [middle + Vector((reach * np.cos(a), 0.01, 2 * reach * np.sin(a))) for a in angles]
    rings = [[data.verts.new(place) for place in ring] for ring in (inner, outer)]
    for n in range(48):
        after = (n + 1) % 48
        data.faces.new((rings[0][n], rings[1][n], rings[1][after], rings[0][after]))


def _disc(data, middle, radius):
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = [middle + radius * Vector((np.cos(a), 0, np.sin(a))) for a in angles]
    centre, rim = data.verts.new(middle), [data.verts.new(place) for place in rim]
    for n in range(24):
        data.faces.new((centre, rim[n], rim[(n + 1) % 24]))


def _dress(armature, name, mesh, depth, space):
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = armature
    thing.modifiers.new("Armature", "ARMATURE").object = armature
    groups = {side: thing.vertex_groups.new(name=f"J_Adj_{side[0]}_FaceEye") for side in EYES}
    head = thing.vertex_groups.new(name="Head")
    for vertex in mesh.vertices:
        side = "Left" if vertex.co.x > 0 else "Right"
        away = vertex.co - EYES[side] - Vector((0, -depth, 0))
        turns = abs(away.y) < 1e-5 and away.length < 1.1 * FLAT_IRIS
        (groups[side] if turns else head).add([vertex.index], 1.0, "REPLACE")
        vertex.co = space @ vertex.co


def share_of_iris_seen(armature):
    """(2,) of both irises, straight from the front, as evaluated: what no hole shows is hidden."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    head = armature.evaluated_get(depsgraph).pose.bones["Head"]
    rest = armature.data.bones["Head"].matrix_local
    to_rest = (armature.matrix_world @ head.matrix @ rest.inverted()).inverted()
    shares = []
    for side in EYES:
        bone = armature.evaluated_get(depsgraph).pose.bones[f"J_Adj_{side[0]}_FaceEye"]
        turn = bone.matrix @ armature.data.bones[bone.name].matrix_local.inverted()
        steps = np.linspace(-FLAT_IRIS, FLAT_IRIS, 41)
        depth = armature["iris_depth"]
        points = [
            Vector((x, -depth, z)) for x in steps for z in steps if np.hypot(x, z) <= FLAT_IRIS
        ]
        seen = 0
        for point in points:
            place = to_rest @ (armature.matrix_world @ (turn @ (EYES[side] + point)))
            away = place - EYES[side]
            seen += (away.x / FLAT_OPENING[0]) ** 2 + (away.z / FLAT_OPENING[1]) ** 2 < 1
        shares.append(seen / len(points))
    return np.array(shares)
