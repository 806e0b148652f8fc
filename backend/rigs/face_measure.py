"""What faces do when they speak a sentence and look around, measured on the meshes as evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from backend.demos.voices import SENTENCE, SOUNDS, VOICES
from backend.phonetics.espeak_voice import open_synthesiser
from backend.phonetics.phones import visible_kind
from backend.speech.pairs import RATE_HZ
from backend.speech.teachers.phone_speech import to_model_rate
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.face import propose_table
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.gaze.pipeline import GazeSettings

from .face_seen import FaceOfMeshes, Seen
from .faces import FACES, build_face

Array = NDArray[np.float64]
MakeFace = Callable[[], bpy.types.Object]

ROOT: Final = Path(__file__).resolve().parents[2]
FRAME_RATE: Final = 30
OPEN_TARGET_CM: Final = 0.5
SHUT_TARGET_CM: Final = 0.1
BLINK_TARGET: Final = 0.05
IRIS_TARGET: Final = 0.35
MISS_TARGET_DEG: Final = 2.0
MOVED_TARGET_CM: Final = 4.0
TORN_TARGET_CM: Final = 1.0
"""What every face should reach: at least in opening and iris, at most in the others."""
_EDGE_S: Final = 0.4
_SPEECH_FROM: Final = 1
_GAZE_FROM: Final = 301
_LOOK_FRAMES: Final = 45
_STEP: Final = 2
_SETTLED: Final = (24, 42)
"""Frames of a look on which it rests on its place."""
_LOOKS_DEG: Final = ((0, 0), (35, 0), (-35, 0), (0, 18), (0, -18), (25, -12), (-25, 12))
"""To the left and up, as the face sees it."""
_OPEN_LID: Final = 0.7
_TAIL_FRAMES: Final = 30
"""After the last look, in which the layer may blend out."""
_DISTANCE_M: Final = 1.2


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


def _frames_of(start_s: float, end_s: float) -> range:
    first = _SPEECH_FROM + int(np.floor(start_s * FRAME_RATE))
    return range(first, _SPEECH_FROM + int(np.ceil(end_s * FRAME_RATE)) + 1)


def _spoken_frames() -> list[int]:
    return sorted({f for _, start, end in spoken_stretches() for f in _frames_of(start, end)})


def _mouth(face: FaceOfMeshes, spoken: Mapping[int, Seen]) -> dict[str, float]:
    rest = face.lip_gap(face.rest)
    gaps = {frame: face.lip_gap(each) - rest for frame, each in spoken.items()}
    kinds: dict[str, list[list[float]]] = {"bilabial": [], "open_vowel": []}
    for kind, start, end in spoken_stretches():
        kinds[kind].append([gaps[frame] for frame in _frames_of(start, end)])
    opened = np.median([max(each) for each in kinds["open_vowel"]])
    shut = max(min(each) for each in kinds["bilabial"])
    return {"open_cm": 100.0 * float(opened), "shut_cm": 100.0 * shut}


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
    lids = {n: face.lid_openings(s) / face.lid_openings(face.rest) for n, s in looks.items()}
    at_rest = [face.iris_in_sight(face.rest, side) for side in (0, 1)]
    sights: dict[bool, list[float]] = {True: [], False: []}
    misses, reaches = [], []
    for number, seen in looks.items():
        settled = number % _LOOK_FRAMES in range(*_SETTLED)
        for side in (0, 1):
            way = face.turn(seen, side) @ (0.0, -1.0, 0.0)
            reaches.append(_between_deg(way, np.array([0.0, -1.0, 0.0])))
            near = (number - _STEP, number, number + _STEP)
            is_open = all(lids.get(n, lids[number])[side] > _OPEN_LID for n in near)
            sights[is_open].append(face.iris_in_sight(seen, side) / at_rest[side])
            if settled and is_open:
                misses.append(_between_deg(way, seen.target - face.centres[side]))
    return {
        "reach_deg": max(reaches), "blink": min(sights[False], default=1.0),
        "iris": min(sights[True]), "miss_deg": max(misses),
    }  # fmt: skip


def all_faces(data: Path) -> Iterator[tuple[str, MakeFace]]:
    """Title and maker of every face."""
    human = data / "human"
    for title, build in FACES.items() if human.is_dir() else ():
        yield title, lambda build=build: build_face(human, build)  # type: ignore[misc]


def _between_deg(one: Array, other: Array) -> float:
    cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def print_faces(rows: Sequence[FaceRow], console: Console) -> None:
    """The table of faces, what misses its target in red."""
    table = Table(title="Faces")
    for heading in (
        "face", "names", "open cm", "shut cm", "blink", "iris", "miss deg", "reach deg",
        "moved cm", "torn cm", "problem",
    ):  # fmt: skip
        table.add_column(heading)
    for row in rows:
        lidless = any("nothing to blink with" in warning for warning in row.warnings)
        table.add_row(
            row.face, row.family, _told(row.open_cm, OPEN_TARGET_CM, above=True),
            _told(row.shut_cm, SHUT_TARGET_CM),
            "no lids" if lidless else _told(row.blink, BLINK_TARGET),
            _told(row.iris, IRIS_TARGET, above=True), _told(row.miss_deg, MISS_TARGET_DEG),
            _told(row.reach_deg), _told(row.moved_cm, MOVED_TARGET_CM),
            _told(row.torn_cm, TORN_TARGET_CM), f"{row.speech_problem} {row.gaze_problem}".strip(),
        )  # fmt: skip
    console.print(table)


def _told(value: float | None, target: float | None = None, *, above: bool = False) -> str:
    if value is None:
        return "-"
    good = target is None or (value >= target if above else value <= target)
    return f"{value:.2f}" if good else f"[red]{value:.2f}[/red]"
