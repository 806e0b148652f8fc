"""A face of the base mesh as Blender evaluates it: its lips, lids and eyes, in the head's space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from blender_addon.blender.rig.joint_map import named_joints

Array = NDArray[np.float64]

# Vertices of the base mesh: the lips' edges in the middle, and the middle of each left lid's edge.
_UPPER_LIP: Final = (474, 468, 509, 467, 520, 537)
_LOWER_LIP: Final = (493, 494, 513, 495, 523, 540, 557)
_LIDS: Final = (6787, 6827)
_BODY_VERTICES: Final = 13380
_LEFT_EYE: Final = (14598, 14669)
_RIGHT_EYE: Final = (14670, 14741)
_SKIN_AROUND_M: Final = 0.03
_BEFORE_M: Final = 0.02
_INWARD: Final = 0.4
"""Of the way from a corner of a face to its middle, where sight of it is tested."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A face on one frame, in the head's space as at rest: metres, Blender's axes.

    Args:
        skin, eyes: (V, 3) of the two meshes.
        target: (3,) where what is looked at is.
    """

    skin: Array
    eyes: Array
    target: Array


class FaceOfMeshes:
    """The meshes "Face" and "Eyes" of an armature, looked at in the head's space."""

    def __init__(self, armature: bpy.types.Object) -> None:
        self.armature = armature
        self.head = named_joints(armature)["Head"]
        meshes = {o.name: o for o in armature.children if o.type == "MESH"}
        self._skin, self._eyes = meshes["Face"], meshes["Eyes"]
        base = np.array(self._skin.data["base_vertices"])
        self._own = {int(vertex): n for n, vertex in enumerate(base)}
        self.rest = self._look()
        eyes = np.array(self._eyes.data["base_vertices"])
        self.balls = [
            np.flatnonzero((eyes >= first) & (eyes <= last))
            for first, last in (_LEFT_EYE, _RIGHT_EYE)
        ]
        self.centres = np.array([_centre(self.rest.eyes[ball]) for ball in self.balls])
        self._lids = [self.of(*_LIDS), self._mirrored(self.of(*_LIDS))]
        self._edges = np.array([edge.vertices[:] for edge in self._skin.data.edges])
        self._triangles = self._near_eyes()
        self._irises = [self._iris(ball) for ball in self.balls]

    def of(self, *vertices: int) -> list[int]:
        """The face's vertices of some of the base mesh."""
        return [self._own[vertex] for vertex in vertices]

    def look(self, frame: int, target: bpy.types.Object | None = None) -> Seen:
        """The face on a frame."""
        bpy.context.scene.frame_set(frame)
        bpy.context.view_layer.update()  # for what was changed on the frame shown already
        return self._look(target)

    def lip_gap(self, seen: Seen) -> float:
        """How far the lips are apart in the middle, metres; below zero where they overlap."""
        upper, lower = (seen.skin[self.of(*each), 2] for each in (_UPPER_LIP, _LOWER_LIP))
        return float(upper.min() - lower.max())

    def lid_openings(self, seen: Seen) -> Array:
        """(2,) how far the lids of the left and the right eye are apart in the middle, metres."""
        ways = [np.subtract(*seen.skin[pair]) for pair in self._lids]
        return np.asarray(np.linalg.norm(ways, axis=1))

    def iris_in_sight(self, seen: Seen, side: int) -> float:
        """Share of iris and pupil that no skin lies before."""
        tree: Any = BVHTree.FromPolygons(
            seen.skin.tolist(), self._triangles[side].tolist(), all_triangles=True
        )
        corners = seen.eyes[self._irises[side]]
        places = _INWARD * corners.mean(axis=1, keepdims=True) + (1.0 - _INWARD) * corners
        places = places.reshape(-1, 3)
        ahead = Vector((0.0, -1.0, 0.0))
        hits = [tree.ray_cast(Vector(place), ahead, _BEFORE_M)[0] for place in places.tolist()]
        return sum(hit is None for hit in hits) / len(hits)

    def turn(self, seen: Seen, side: int) -> Array:
        """(3, 3) how an eye is turned in the head (Kabsch)."""
        rest = self.rest.eyes[self.balls[side]]
        now = seen.eyes[self.balls[side]]
        u, _, v = np.linalg.svd((rest - rest.mean(0)).T @ (now - now.mean(0)))
        flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
        return np.asarray((u @ flip @ v).T)

    def strain(self, seen: Sequence[Seen]) -> tuple[float, float]:
        """Centimetres by which a vertex moves in the head and an edge grows at most."""
        low = self.rest.skin[:, 2] > self.rest.skin[self.of(_LOWER_LIP[0])[0], 2] - 0.05
        lengths = self._lengths(self.rest)
        moved = max(
            float(np.linalg.norm((s.skin - self.rest.skin)[low], axis=1).max()) for s in seen
        )
        torn = max(float((self._lengths(each) - lengths).max()) for each in seen)
        return 100.0 * moved, 100.0 * torn

    def _lengths(self, seen: Seen) -> Array:
        first, second = self._edges.T
        return np.asarray(np.linalg.norm(seen.skin[first] - seen.skin[second], axis=1))

    def _look(self, target: bpy.types.Object | None = None) -> Seen:
        depsgraph = bpy.context.evaluated_depsgraph_get()
        evaluated = self.armature.evaluated_get(depsgraph)
        rest = self.armature.data.bones[self.head].matrix_local
        posed = evaluated.matrix_world @ evaluated.pose.bones[self.head].matrix
        to_head = np.array(rest @ posed.inverted(), np.float64)
        skin, eyes = (_places(obj, depsgraph, to_head) for obj in (self._skin, self._eyes))
        place = np.zeros(3) if target is None else np.array(target.matrix_world.translation)
        return Seen(skin, eyes, to_head[:3, :3] @ place + to_head[:3, 3])

    def _mirrored(self, vertices: Sequence[int]) -> list[int]:
        places = self.rest.skin[list(vertices)] * (-1.0, 1.0, 1.0)
        off = np.linalg.norm(self.rest.skin[None] - places[:, None], axis=-1)
        return [int(n) for n in off.argmin(axis=1)]

    def _near_eyes(self) -> list[Array]:
        mesh = self._skin.data
        mesh.calc_loop_triangles()
        corners = np.array([triangle.vertices[:] for triangle in mesh.loop_triangles])
        base = np.array(mesh["base_vertices"])
        white = (base >= _LEFT_EYE[0]) & (base <= _RIGHT_EYE[1])
        body = ((base < _BODY_VERTICES) | white)[corners].all(axis=1)
        return [
            corners[
                body
                & (np.linalg.norm(self.rest.skin[corners] - centre, axis=-1) < _SKIN_AROUND_M).all(
                    axis=1
                )
            ]
            for centre in self.centres
        ]

    def _iris(self, ball: Array) -> Array:
        own = set(ball.tolist())
        faces = [f for f in self._eyes.data.polygons if f.material_index and f.vertices[0] in own]
        return np.array([f.vertices[:] for f in faces])


def _places(obj: bpy.types.Object, depsgraph: bpy.types.Depsgraph, to_head: Array) -> Array:
    evaluated = obj.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh()
    places = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", places)
    matrix = to_head @ np.array(evaluated.matrix_world, np.float64)
    evaluated.to_mesh_clear()
    return np.asarray(places.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])


def _centre(ball: Array) -> Array:
    return np.asarray(0.5 * (ball.max(axis=0) + ball.min(axis=0)))
