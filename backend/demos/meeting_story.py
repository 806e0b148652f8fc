"""What happens in the short film: she comes down two steps, walks up to him, and they talk.

Everything that moves is made by the extension as its operators make it; only the cameras are keyed
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2
from typing import Any, Final

import bpy

from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.options import ResultOptions
from blender_addon.blender.keys.sliders import Slider
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.direction.going import Going, GoKind
from blender_addon.capabilities.walk.job import Walk, WalkJob
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome

from .cast import add_actor
from .conversation import SOUNDS
from .film import add_sound, has_sound
from .room.furniture import DOOR_X, Room, build_room

FRAME_RATE: Final = 24
FRAMES: Final = 288
SHE: Final = "Mei"
HE: Final = "Sam"
VOICES: Final = {SHE: ("dialogue_first.wav", 112), HE: ("natural.wav", 200)}
"""Whose is which sound, and the frame on which it begins."""

_WALK_START: Final = -36
_SPEED_M_S: Final = 1.12
_HIS_PLACE: Final = (0.98, -0.10)
_HER_PATH: Final = (
    (DOOR_X, 4.75), (DOOR_X, 3.6), (DOOR_X + 0.02, 2.3), (-1.16, 1.45),
    (-0.72, 0.62), (-0.12, 0.12),
)  # fmt: skip
_SEEDS: Final = {SHE: 3, HE: 11}
_GAZE_SEEDS: Final = {SHE: 12, HE: 123}
_STRENGTH: Final = 1.15  # of the lips: the film is small
_KINDNESS: Final = {
    SHE: {"smile": 0.55, "surprise": 0.16},
    HE: {"smile": 0.6, "surprise": 0.32},
}
"""Expressions laid over what the voice does to a face."""
_KEYS: Final = ResultOptions(density=KeyDensity.REDUCED)


@dataclass(frozen=True, eq=False)
class Story:
    """What was put into the scene, and what was generated.

    Args:
        room: where.
        people: the armatures by name.
        path: the curve she walks along.
        job, walk: hers.
        outcomes: of all that was generated, by what it is.
    """

    room: Room
    people: dict[str, bpy.types.Object]
    path: bpy.types.Object
    job: WalkJob
    walk: Walk
    outcomes: dict[str, Outcome[Any]]


def build_story(context: bpy.types.Context, models: ModelChoice) -> Story:
    """Fill an empty scene with the room and the two, and let them act."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_end, scene.frame_current = 1, FRAMES, 1
    room = build_room(scene)
    people = {name: add_actor(context, name) for name in (SHE, HE)}
    path = _add_path(scene)
    outcomes: dict[str, Outcome[Any]] = {}
    job, outcome = _walk(context, people, room, path, models)
    outcomes["walk"] = outcome
    outcomes["stand"] = _stand(context, people, room, models)
    for name, (file, frame) in VOICES.items():
        add_sound(scene, _strip(name), SOUNDS / file, len(outcomes), frame)
        outcomes[f"{name} speaks"] = _speak(context, people[name], name, models)
    outcomes["gaze"] = _look(context, people, models)
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.frame_set(1)
    return Story(room, people, path, job, outcome.result, outcomes)


def _add_path(scene: bpy.types.Scene) -> bpy.types.Object:
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(_HER_PATH) - 1)
    for point, (x, y) in zip(spline.bezier_points, _HER_PATH, strict=True):
        point.co = (x, y, 0.0)
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new("Path", data)
    scene.collection.objects.link(curve)
    return curve


def _walk(
    context: bpy.types.Context,
    people: dict[str, bpy.types.Object],
    room: Room,
    path: bpy.types.Object,
    models: ModelChoice,
) -> tuple[WalkJob, Outcome[Walk]]:
    """She walks, and stands before him until the film ends."""
    he = people[HE]
    he.location = (*_HIS_PLACE, 0.0)
    he.rotation_euler.z = _heading(_HIS_PLACE, _HER_PATH[-1])
    context.view_layer.update()
    settings = WalkSettings(
        armature=people[SHE],
        curve=path,
        ground_collection=room.ground,
        speed_m_s=_SPEED_M_S,
        stand_before_s=0.0,
        stand_after_s=7.6,
        start_frame=_WALK_START,
        going=Going(end_toward=he),
        seed=_SEEDS[SHE],
    )
    job = walk_scene.read(context, settings, models)
    outcome = job.run()
    walk_scene.write(context, job, outcome.result, _KEYS)
    return job, outcome


def _stand(
    context: bpy.types.Context,
    people: dict[str, bpy.types.Object],
    room: Room,
    models: ModelChoice,
) -> Outcome[Walk]:
    """He stands at ease where he is."""
    settings = WalkSettings(
        armature=people[HE],
        ground_collection=room.ground,
        start_frame=_WALK_START,
        going=Going(GoKind.STAND, stand_s=(FRAMES - _WALK_START) / FRAME_RATE + 0.5),
        seed=_SEEDS[HE],
    )
    job = walk_scene.read(context, settings, models)
    outcome = job.run()
    walk_scene.write(context, job, outcome.result, _KEYS)
    return outcome


def _heading(place: Sequence[float], other: Sequence[float]) -> float:
    """Rotation about Z of somebody who looks along −Y without."""
    return atan2(other[0] - place[0], place[1] - other[1])


def _strip(name: str) -> str:
    return f"{name} speaks"


def _voice(name: str) -> SoundChoice:
    """In the sequencer, or the file where this build of Blender has no sound."""
    if has_sound():
        return SoundChoice("STRIP", strip=_strip(name))
    return SoundChoice("FILE", path=str(SOUNDS / VOICES[name][0]))


def _speak(
    context: bpy.types.Context, armature: bpy.types.Object, name: str, models: ModelChoice
) -> Outcome[Any]:
    """The gaze blinks."""
    start = VOICES[name][1]
    settings = SpeechSettings(
        armature,
        _voice(name),
        start_frame=start,
        frame_range=(1, FRAMES),
        blinks=False,
        strength=_STRENGTH,
        expressions={key: Slider(share) for key, share in _KINDNESS[name].items()},
    )
    job = speech_scene.read(context, settings, models)
    outcome = job.run()
    speech_scene.write(context, job, outcome.result)
    return outcome


def _look(
    context: bpy.types.Context, people: dict[str, bpy.types.Object], models: ModelChoice
) -> Outcome[Any]:
    """Each looks at the other."""
    choices = [
        GazeChoice(
            people[own],
            (TargetChoice(people[other]),),
            sound=_voice(own),
            partner_sound=_voice(other),
            seed=_GAZE_SEEDS[own],
        )
        for own, other in ((SHE, HE), (HE, SHE))
    ]
    job = gaze_scene.read(context, choices, 1, FRAMES, models)
    outcome = job.run()
    gaze_scene.write(context, job, outcome.result)
    return outcome
