"""Boxes, turned shapes, cloth and paint, of which sets are built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Place = tuple[float, float, float]
Colour = tuple[float, float, float]

_CORNERS: Final = np.array(
    [[x, y, z] for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))], np.float64
)
_SIDES: Final = np.array(
    [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
)


@dataclass(frozen=True)
class Paint:
    """What a surface looks like, in Workbench and in Cycles.

    Args:
        name: of the material.
        colour: linear.
        roughness: 0 a mirror, 1 chalk.
        grain: 0 … 1, how much the colour varies.
        grain_size: (3,) of the pattern along X, Y and Z, per metre.
        bump: how uneven it looks.
        glow: strength of its own light.
    """

    name: str
    colour: Colour
    roughness: float = 0.7
    grain: float = 0.0
    grain_size: tuple[float, float, float] = (6.0, 6.0, 6.0)
    bump: float = 0.0
    glow: float = 0.0


def material_of(paint: Paint) -> bpy.types.Material:
    """The material of a paint, made on first use."""
    known = bpy.data.materials.get(paint.name)
    if known is not None:
        return known
    made = bpy.data.materials.new(paint.name)
    made.diffuse_color = (*paint.colour, 1.0)
    made.roughness = paint.roughness
    made.specular_intensity = 0.2 * (1.0 - paint.roughness)
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    shader: Any = next(n for n in made.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*paint.colour, 1.0)
    shader.inputs["Roughness"].default_value = paint.roughness
    if paint.glow:
        shader.inputs["Emission Color"].default_value = (*paint.colour, 1.0)
        shader.inputs["Emission Strength"].default_value = paint.glow
    if paint.grain:
        _add_grain(made.node_tree, shader, paint)
    return made


def _add_grain(tree: Any, shader: Any, paint: Paint) -> None:
    """Let noise in the object's space darken and lighten the colour, and raise the surface."""
    place = tree.nodes.new("ShaderNodeTexCoord")
    scale = tree.nodes.new("ShaderNodeMapping")
    scale.inputs["Scale"].default_value = paint.grain_size
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 1.0, 4.0
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    shares = (1 - paint.grain, 1 + paint.grain)
    for end, share in zip(ramp.color_ramp.elements, shares, strict=True):
        end.color = (*(min(share * each, 1.0) for each in paint.colour), 1.0)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.7
    tree.links.new(place.outputs["Object"], scale.inputs["Vector"])
    tree.links.new(scale.outputs["Vector"], noise.inputs["Vector"])
    tree.links.new(noise.outputs[0], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    if paint.bump:
        bump = tree.nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = paint.bump
        bump.inputs["Distance"].default_value = 0.01
        tree.links.new(noise.outputs[0], bump.inputs["Height"])
        tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])


def add_solid(
    scene: bpy.types.Scene,
    name: str,
    vertices: Array,
    faces: NDArray[np.int64],
    paints: tuple[Paint, ...],
    *,
    smooth: bool = False,
) -> bpy.types.Object:
    """A mesh object in Blender's axes.

    Args:
        scene: it is added to.
        vertices: (N, 3).
        faces: (M, 3 or 4).
        paints: of its material slots; the first is used.
        smooth: whether it looks round.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.full(len(faces), smooth))
    for paint in paints:
        mesh.materials.append(material_of(paint))
    thing = bpy.data.objects.new(name, mesh)
    scene.collection.objects.link(thing)
    return thing


def add_box(
    scene: bpy.types.Scene, name: str, low: Place, high: Place, paint: Paint, edge_m: float = 0.0
) -> bpy.types.Object:
    """A box between two corners; its edges are rounded where ``edge_m`` is given."""
    vertices = np.array(low) + _CORNERS * (np.array(high) - np.array(low))
    box = add_solid(scene, name, vertices, _SIDES, (paint,))
    if edge_m:
        bevel: Any = box.modifiers.new("Edges", "BEVEL")
        bevel.width, bevel.segments = edge_m, 2
    return box


def add_boxes(
    scene: bpy.types.Scene, name: str, boxes: Array, paints: tuple[Paint, ...], edge_m: float = 0.0
) -> bpy.types.Object:
    """Many boxes as one object, the paints in turn.

    Args:
        scene: they are added to.
        name: of the object.
        boxes: (N, 2, 3) low and high corners.
        paints: box n has paint n modulo their number.
        edge_m: by which edges are rounded.
    """
    low, high = boxes[:, :1], boxes[:, 1:]
    vertices = (low + _CORNERS * (high - low)).reshape(-1, 3)
    faces = (_SIDES + len(_CORNERS) * np.arange(len(boxes))[:, None, None]).reshape(-1, 4)
    thing = add_solid(scene, name, vertices, faces, paints)
    slots = np.repeat(np.arange(len(boxes)) % len(paints), len(_SIDES)).astype(np.int32)
    thing.data.polygons.foreach_set("material_index", slots)
    if edge_m:
        bevel: Any = thing.modifiers.new("Edges", "BEVEL")
        bevel.width, bevel.segments = edge_m, 2
    return thing


def add_turned(
    scene: bpy.types.Scene,
    name: str,
    place: Place,
    profile: list[tuple[float, float]],
    paint: Paint,
    sides: int = 32,
) -> bpy.types.Object:
    """A profile of (radius, height) turned about the vertical."""
    turn = np.linspace(0.0, 2 * np.pi, sides + 1)[:-1]
    r, z = np.array(profile).T
    ring = np.stack((np.cos(turn), np.sin(turn)), axis=-1)
    level = np.broadcast_to(z[:, None, None], (len(z), sides, 1))
    vertices = np.concatenate((r[:, None, None] * ring, level), axis=-1).reshape(-1, 3)
    thing = add_solid(
        scene, name, vertices, grid_faces(len(z), sides, closed=True), (paint,), smooth=True
    )
    thing.location = place
    return thing


def add_sheet(scene: bpy.types.Scene, name: str, places: Array, paint: Paint) -> bpy.types.Object:
    """A smooth sheet through (R, C, 3) points."""
    faces = grid_faces(places.shape[0], places.shape[1])
    return add_solid(scene, name, places.reshape(-1, 3), faces, (paint,), smooth=True)


def grid_faces(rows: int, columns: int, *, closed: bool = False) -> NDArray[np.int64]:
    """(M, 4) quads of a grid of points, row after row; closed: the last column meets the first."""
    across = columns if closed else columns - 1
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(across), indexing="ij")
    here, aside = row * columns + column, row * columns + (column + 1) % columns
    quads = np.stack((here, aside, aside + columns, here + columns), axis=-1)
    return np.asarray(quads.reshape(-1, 4))
