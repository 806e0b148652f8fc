"""What faces do when they speak a sentence and look around, measured on the meshes as evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from backend.demos.voices import SENTENCE, SOUNDS, VOICES
from backend.phonetics.espeak_voice import open_synthesiser
from backend.phonetics.phones import visible_kind
from backend.speech.pairs import RATE_HZ
from backend.speech.phone_speech import to_model_rate
from blender_addon.blender.rig.joint_map import named_joints
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.face import propose_table
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.gaze.pipeline import GazeSettings

from .faces import FACES, build_face

Array = NDArray[np.float64]
MakeFace = Callable[[], bpy.types.Object]

ROOT: Final = Path(__file__).resolve().parents[2]
FRAME_RATE: Final = 30
_EDGE_S: Final = 0.4
_SPEECH_FROM: Final = 1
_GAZE_FROM: Final = 301
_LOOK_FRAMES: Final = 45
_STEP: Final = 2
_SETTLED: Final = (24, 42)
"""Frames of a look on which it rests on its place."""
_LOOKS_DEG: Final = ((0, 0), (35, 0), (-35, 0), (0, 18), (0, -18), (25, -12), (-25, 12))
"""To the left and up, as the face sees it."""
_TAIL_FRAMES: Final = 30
"""After the last look, in which the layer may blend out."""
_DISTANCE_M: Final = 1.2

# Vertices of the base mesh: the lips' edges in the middle, and the middle of each left lid's edge.
_UPPER_LIP: Final = (474, 468, 509, 467, 520, 537)
_LOWER_LIP: Final = (493, 494, 513, 495, 523, 540, 557)
_LIDS: Final = (6787, 6827)
_LEFT_EYE: Final = (14598, 14669)
_RIGHT_EYE: Final = (14670, 14741)
_SKIN_AROUND_M: Final = 0.03
_BEFORE_M: Final = 0.02
_OPEN_LID: Final = 0.7
_INWARD: Final = 0.4
"""Of the way from a corner of a face to its middle, where sight of it is tested."""


@dataclass(frozen=True)
class FaceRow:
    """What one face did; what could not be measured is None.

    Args:
        face: its name.
        family: whose names its shapes or bones have.
        open_cm: how far the lips part in open vowels, the median over them.
        shut_cm: how far they are apart at m, b and p at their nearest, the largest over them.
        blink: least share of iris and pupil in sight in a blink, as a share of that at rest.
        iris: least share of iris and pupil in sight while the lids are open, as a share of that at
            rest.
        miss_deg: largest angle between where an eye looks and what it looks at, while it rests
            there.
        reach_deg: how far the eyes turn in the head at most.
        moved_cm: how far any vertex gets from its place in the head.
        torn_cm: by how much any edge of the skin grows.
        speech_problem, gaze_problem: why it was not done.
        warnings: what was told.
    """

    face: str
    family: str = ""
    open_cm: float | None = None
    shut_cm: float | None = None
    blink: float | None = None
    iris: float | None = None
    miss_deg: float | None = None
    reach_deg: float | None = None
    moved_cm: float | None = None
    torn_cm: float | None = None
    speech_problem: str = ""
    gaze_problem: str = ""
    warnings: tuple[str, ...] = field(default_factory=tuple)


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


def measure_face(name: str, make: MakeFace) -> FaceRow:
    """Let a face speak and look around in an empty file, and measure both."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    armature = make()
    face = FaceOfMeshes(armature)
    found: dict[str, Any] = {}
    seen: list[Seen] = []
    warnings: list[str] = []
    try:
        family, told = _speak(armature)
        warnings += told
        spoken = {frame: face.look(frame) for frame in _spoken_frames()}
        found |= {"family": family, **_mouth(face, spoken)}
        seen += spoken.values()
    except NeuralMotionError as error:
        found["speech_problem"] = str(error)
    try:
        target, last = _add_target(face)
        warnings += _gaze(armature, target, last)
        looks = {n: face.look(_GAZE_FROM + n, target) for n in range(0, last - _GAZE_FROM, _STEP)}
        found |= _eyes(face, looks)
        seen += looks.values()
    except NeuralMotionError as error:
        found["gaze_problem"] = str(error)
    if seen:
        found["moved_cm"], found["torn_cm"] = face.strain(seen)
    return FaceRow(name, **found, warnings=tuple(dict.fromkeys(warnings)))


def _speak(armature: bpy.types.Object) -> tuple[str, Sequence[str]]:
    sound = SoundChoice("FILE", str(ROOT / SOUNDS / "sentence.wav"))
    family, _ = propose_table(armature)
    job = speech_scene.read(bpy.context, SpeechSettings(armature, sound, start_frame=_SPEECH_FROM))
    written = speech_scene.write(bpy.context, job, job.run().result)
    return family, (*job.warnings, *written.warnings)


def _gaze(armature: bpy.types.Object, target: bpy.types.Object, last: int) -> Sequence[str]:
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    choice = GazeChoice(armature, (TargetChoice(target, "OBJECT"),), settings=calm)
    job = gaze_scene.read(bpy.context, [choice], _GAZE_FROM, last + _TAIL_FRAMES)
    done = job.run().result
    gaze_scene.write(bpy.context, job, done)
    return [*map(str, done.characters[0].warnings), *map(str, job.characters[0].rig.eyes.warnings)]


def _add_target(face: FaceOfMeshes) -> tuple[bpy.types.Object, int]:
    """An empty that is in one place after another before the face."""
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    middle = face.centres.mean(axis=0)
    frame = _GAZE_FROM
    for left, up in np.deg2rad(_LOOKS_DEG).tolist():
        way = (np.sin(left) * np.cos(up), -np.cos(left) * np.cos(up), np.sin(up))
        target.location = middle + _DISTANCE_M * np.array(way)
        target.keyframe_insert("location", frame=frame)
        target.keyframe_insert("location", frame=frame + _LOOK_FRAMES - 1)
        frame += _LOOK_FRAMES
    return target, frame - 1


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
        self.lids = [self.of(*_LIDS), self._mirrored(self.of(*_LIDS))]
        self._edges = np.array([edge.vertices[:] for edge in self._skin.data.edges])
        self._triangles = self._near_eyes()
        self._irises = [self._iris(ball) for ball in self.balls]

    def of(self, *vertices: int) -> list[int]:
        """The face's vertices of some of the base mesh."""
        return [self._own[vertex] for vertex in vertices]

    def look(self, frame: int, target: bpy.types.Object | None = None) -> Seen:
        """The face on a frame."""
        bpy.context.scene.frame_set(frame)
        return self._look(target)

    def iris_in_sight(self, seen: Seen, side: int) -> float:
        """Share of iris and pupil that no skin lies before."""
        tree = BVHTree.FromPolygons(
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
        body = np.array([vertex < 13380 for vertex in self._own])[corners].all(axis=1)
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


def _frames_of(start_s: float, end_s: float) -> range:
    first = _SPEECH_FROM + int(np.floor(start_s * FRAME_RATE))
    return range(first, _SPEECH_FROM + int(np.ceil(end_s * FRAME_RATE)) + 1)


def _spoken_frames() -> list[int]:
    return sorted({f for _, start, end in spoken_stretches() for f in _frames_of(start, end)})


def _mouth(face: FaceOfMeshes, spoken: Mapping[int, Seen]) -> dict[str, float]:
    rest = _lip_gap(face, face.rest)
    gaps = {frame: _lip_gap(face, each) - rest for frame, each in spoken.items()}
    kinds: dict[str, list[list[float]]] = {"bilabial": [], "open_vowel": []}
    for kind, start, end in spoken_stretches():
        kinds[kind].append([gaps[frame] for frame in _frames_of(start, end)])
    opened = np.median([max(each) for each in kinds["open_vowel"]])
    shut = max(min(each) for each in kinds["bilabial"])
    return {"open_cm": 100.0 * float(opened), "shut_cm": 100.0 * shut}


def _lip_gap(face: FaceOfMeshes, seen: Seen) -> float:
    upper, lower = (seen.skin[face.of(*each), 2] for each in (_UPPER_LIP, _LOWER_LIP))
    return float(upper.min() - lower.max())


@cache
def spoken_stretches() -> tuple[tuple[str, float, float], ...]:
    """Kind, start and end in seconds of each phone of the sentence that says what a mouth does."""
    samples, track = to_model_rate(open_synthesiser().speak(SENTENCE, VOICES[1]))
    before = float(np.flatnonzero(np.abs(samples) > 1e-3)[0]) / RATE_HZ
    times = zip(track.names, track.starts_s, track.ends_s, strict=True)
    kinds = ((visible_kind(name), start, end) for name, start, end in times)
    late = _EDGE_S - before
    telling = ("bilabial", "open_vowel")
    return tuple(
        (kind, float(s + late), float(e + late)) for kind, s, e in kinds if kind in telling
    )


def _eyes(face: FaceOfMeshes, looks: Mapping[int, Seen]) -> dict[str, float]:
    lids = {n: _lid_openings(face, s) / _lid_openings(face, face.rest) for n, s in looks.items()}
    at_rest = [face.iris_in_sight(face.rest, side) for side in (0, 1)]
    sights: dict[bool, list[float]] = {True: [], False: []}
    misses, reaches = [], []
    for number, seen in looks.items():
        settled = number % _LOOK_FRAMES in range(*_SETTLED)
        for side in (0, 1):
            way = face.turn(seen, side) @ (0.0, -1.0, 0.0)
            reaches.append(_between_deg(way, np.array([0.0, -1.0, 0.0])))
            is_open = bool(lids[number][side] > _OPEN_LID)
            sights[is_open].append(face.iris_in_sight(seen, side) / at_rest[side])
            if settled and is_open:
                misses.append(_between_deg(way, seen.target - face.centres[side]))
    return {
        "reach_deg": max(reaches), "blink": min(sights[False], default=1.0),
        "iris": min(sights[True]), "miss_deg": max(misses),
    }  # fmt: skip


def _between_deg(one: Array, other: Array) -> float:
    cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _lid_openings(face: FaceOfMeshes, seen: Seen) -> Array:
    ways = [np.subtract(*seen.skin[pair]) for pair in face.lids]
    return np.linalg.norm(ways, axis=1)


def all_faces(data: Path) -> Iterator[tuple[str, MakeFace]]:
    """Title and maker of every face."""
    human = data / "human"
    for title, build in FACES.items() if human.is_dir() else ():
        yield title, lambda build=build: build_face(human, build)  # type: ignore[misc]
