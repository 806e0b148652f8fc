"""What happens in the demo of performing: she walks up to him, and Perform Both lets them talk.

Nothing is keyed by hand but the cameras.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from math import atan2
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from .cast import add_actor
from .conversation import SOUNDS
from .film import has_sound
from .room.cameras import Shot
from .room.furniture import DOOR_X, build_room
from .voices import RATE_HZ, write_wav

SHE: Final = "Mei"
HE: Final = "Sam"
VOICES: Final = {SHE: "dialogue_first.wav", HE: "dialogue_second.wav"}
FRAME_RATE: Final = 24
LEAD_S: Final = 3.0
"""She is on her way before anybody says a word."""
_PATH: Final = ((DOOR_X + 0.02, 2.3), (-1.16, 1.45), (-0.72, 0.62), (-0.12, 0.12))
_HIS_PLACE: Final = (0.98, -0.10)
_SPEED_M_S: Final = 1.1
_SMILES: Final = {SHE: 0.5, HE: 0.55}
_SEEDS: Final = {SHE: 3, HE: 8}

_TWO: Final = ((0.44, -2.55, 1.36), (0.44, -2.40, 1.36))
_BETWEEN: Final = ((0.44, 0.0, 1.18), (0.44, 0.0, 1.20))
SHOTS: Final = (
    Shot("Walk Up", 1, 80, ((-0.05, -3.55, 1.36), (0.44, -3.15, 1.38)),
         ((-0.42, 0.6, 0.95), (0.44, 0.1, 0.98)), 35.0),
    Shot("She Begins", 81, 176, _TWO, _BETWEEN, 36.0),
    Shot("He Answers", 177, 250, ((-0.15, -1.45, 1.55), (-0.12, -1.42, 1.55)),
         ((0.90, -0.08, 1.42), (0.90, -0.08, 1.42)), 40.0),
    Shot("She Goes On", 251, 326, ((1.05, -1.35, 1.50), (1.02, -1.32, 1.50)),
         ((-0.04, 0.10, 1.30), (-0.04, 0.10, 1.30)), 40.0),
    Shot("Both", 327, 384, _TWO, _BETWEEN, 36.0),
)  # fmt: skip
FRAMES: Final = SHOTS[-1].last


@dataclass(frozen=True, eq=False)
class Played:
    """What was performed.

    Args:
        people: the armatures by name.
        seconds: how long performing took, all parts of both.
        told: what the panel of each says.
    """

    people: dict[str, bpy.types.Object]
    seconds: float
    told: dict[str, str]


def build_scene(context: bpy.types.Context) -> dict[str, bpy.types.Object]:
    """Fill an empty scene with the room, the two, and her path."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.frame_set(1)
    room = build_room(scene)
    people = {name: add_actor(context, name) for name in (SHE, HE)}
    he, end = people[HE], _PATH[-1]
    he.location = (*_HIS_PLACE, 0.0)
    he.rotation_euler.z = atan2(end[0] - _HIS_PLACE[0], _HIS_PLACE[1] - end[1])
    context.view_layer.update()
    walk = people[SHE].neural_motion.walk
    walk.path, walk.ground_collection, walk.speed = _add_path(scene), room.ground, _SPEED_M_S
    walk.going.end_facing, walk.going.end_toward = "OBJECT", he
    walk.stand_before = 0.0
    he.neural_motion.walk.ground_collection = room.ground
    return people


def set_up(people: dict[str, bpy.types.Object], folder: Path) -> None:
    """Say who has which voice, as one would in the panels.

    Args:
        people: the two.
        folder: where their voices are written, which begin when she has arrived.
    """
    for name, other in ((SHE, HE), (HE, SHE)):
        chosen: Any = people[name].neural_motion
        chosen.perform.source, chosen.perform.start_frame = "FILE", 1
        chosen.perform.file = str(_delayed(folder, name))
        chosen.perform.partner, chosen.perform.seed = people[other], _SEEDS[name]
        chosen.speech.expressions.smile = _SMILES[name]
    people[SHE].neural_motion.perform.use_walk = True


def perform(context: bpy.types.Context, people: dict[str, bpy.types.Object]) -> Played:
    """Press the button."""
    scene = context.scene
    scene.neural_motion.character = people[SHE]
    bpy.ops.neural_motion.perform_both()
    scene.frame_start, scene.frame_end = 1, FRAMES
    told = {name: each.neural_motion.perform for name, each in people.items()}
    if has_sound():
        for chosen in told.values():  # the files go; the strips stay
            chosen.strip, chosen.source = Path(chosen.file).name, "STRIP"
    took = told[SHE].last_provider.partition(", ")[2].partition(" s")[0]
    return Played(people, float(took), {name: each.last_result for name, each in told.items()})


def _add_path(scene: bpy.types.Scene) -> bpy.types.Object:
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(_PATH) - 1)
    for point, (x, y) in zip(spline.bezier_points, _PATH, strict=True):
        point.co = (x, y, 0.0)
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new("Path", data)
    scene.collection.objects.link(curve)
    return curve


def _delayed(folder: Path, name: str) -> Path:
    """A voice that is silent until she has arrived, as long as the film."""
    with wave.open(str(SOUNDS / VOICES[name])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0
    silence = np.zeros(int(LEAD_S * RATE_HZ))
    whole = np.concatenate((silence, samples))[: int((FRAMES - 1) / FRAME_RATE * RATE_HZ)]
    path = folder / f"{name}.wav"
    write_wav(path, whole.astype(np.float32))
    return path
