"""Gestures in the scene: read who moves to which sound, write a layer or a dance.

``read`` and ``write`` belong on the main thread; ``GestureJob.run`` between them touches no
Blender data and may run on any thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np

from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.options import ResultOptions
from ...blender.keys.sliders import Slider, sample_slider
from ...blender.keys.undo import Undo
from ...blender.sound.choice import read_sound
from ...blender.sound.scene_sound import SceneSound
from ...blender.timeline import animation_frame, animation_rate_of, playhead_kept
from ...core.errors import SettingsError, SoundError
from ...core.gesture.request import Stroke
from ...core.gesture.settings import GestureMode
from ...core.inference.choice import ModelChoice
from .choice import GestureChoice, KeptStroke
from .dance_scene import read_place, write_dance
from .heard import BeatsSet
from .job import RATE_HZ, Gesture, GestureJob
from .talk_scene import read_pose, read_talker, write_talk
from .written import CAPABILITY, WrittenGesture

__all__ = ["CAPABILITY", "read", "write"]

_LONGEST_S: Final = 30 * 60.0
_GAP_S: Final = 0.8
"""Nearer to a stroke that was moved than this no other is planned."""


def read(
    context: bpy.types.Context, choice: GestureChoice, models: ModelChoice | None = None
) -> GestureJob:
    """Read character and sound from the scene, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choice: what the user chose.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    is_talk = choice.mode is GestureMode.TALK
    rig = read_talker(context, choice.armature, dances=not is_talk)
    scene = context.scene
    start = scene.frame_current if choice.start_frame is None else choice.start_frame
    sound = read_sound(scene, choice.sound, start)
    if sound is None:
        raise SoundError(
            "no sound is chosen. Choose one in the panel Speech, a strip of the sequencer or a file"
        )
    frames = _frames(context, sound, choice.frame_range)
    job = GestureJob(
        rig=rig,
        sound=sound,
        frames=frames,
        frame_rate_hz=animation_rate_of(scene),
        settings=choice.settings,
        space=choice.space,
        style=choice.style,
        seed=choice.seed,
        beats=_beats(choice, frames[0], animation_rate_of(scene)),
        strokes=kept_strokes(choice.strokes, frames, animation_rate_of(scene)),
        models=models or ModelChoice(),
        notes=sound.warnings,
    )
    job = _with_keyed(context, job, choice)
    if is_talk:
        pose, notes = read_pose(context, choice.armature, rig, choice, frames)
        return replace(job, talk=pose, notes=(*job.notes, *notes))
    return replace(job, dance=read_place(context, choice.armature, rig, choice, frames[0]))


def write(
    context: bpy.types.Context,
    job: GestureJob,
    gesture: Gesture,
    options: ResultOptions | None = None,
    undo: Undo | None = None,
) -> WrittenGesture:
    """Write gestures: a layer of a talker, an action or a strip of a dancer.

    Args:
        context: whose scene.
        job, gesture: what was generated.
        options: how it is written; None for the usual.
        undo: how to take everything back is registered here, for when something after this fails.

    Raises:
        InputError: the character is gone or cannot be animated any more; nothing is changed then.
    """
    with playhead_kept(context.scene):
        if gesture.talk is not None:
            return write_talk(context, job, gesture.talk, options, undo)
        return write_dance(context, job, gesture, options, undo)


def _frames(
    context: bpy.types.Context, sound: SceneSound, part: tuple[int, int] | None
) -> np.ndarray:
    """(K,) whole frames of animation on which the sound is heard, or those that were chosen."""
    scene = context.scene
    first, last = (sound.start_frame, sound.end_frame) if part is None else part
    first, last = animation_frame(scene, np.ceil(first)), animation_frame(scene, np.floor(last))
    if last <= first:
        raise SettingsError(
            f"the range from frame {first} to {last} has no length. Choose a longer sound, or set "
            "the last frame after the first"
        )
    if last > MAX_FRAME:
        raise SettingsError(
            f"the gestures would end at frame {last}; Blender's last frame is {MAX_FRAME}. Choose "
            "a part of the sound"
        )
    seconds = (last - first) / animation_rate_of(scene)
    if seconds > _LONGEST_S:
        raise SettingsError(
            f"the sound lasts {seconds / 60.0:.0f} minutes; gestures are generated for at most "
            f"{_LONGEST_S / 60.0:.0f} at a time. Choose a part of the sound, from one frame to "
            "another"
        )
    return np.arange(first, last + 1, dtype=np.float64)


def _beats(choice: GestureChoice, first: float, rate: float) -> BeatsSet:
    given = choice.beats
    return BeatsSet(given.tempo_bpm, (given.first_frame - first) / rate, given.shift_frames / rate)


def kept_strokes(
    kept: tuple[KeptStroke, ...], frames: np.ndarray, rate: float
) -> tuple[Stroke, ...]:
    """What planning again has to keep: strokes that were moved, and where there is to be none.

    Args:
        kept: all strokes of the last result.
        frames: (K,) of the new one.
        rate: frames a second.
    """
    found = []
    for each in kept:
        if not (each.moved or each.removed):
            continue
        at = (each.frame - frames[0]) / rate
        found.append(Stroke(at, each.hand, 0.0 if each.removed else each.size, moved=True))
        if each.origin is not None and abs(each.origin - each.frame) > _GAP_S * rate:
            found.append(Stroke((each.origin - frames[0]) / rate, each.hand, 0.0, moved=True))
    last = (frames[-1] - frames[0]) / rate
    return tuple(each for each in found if 0.0 <= each.time_s <= last)


def _with_keyed(context: bpy.types.Context, job: GestureJob, choice: GestureChoice) -> GestureJob:
    """The job with energy and size as they are keyed."""
    if not choice.keyed_path:
        return job
    count = int(np.floor(job.duration_s * RATE_HZ + 1e-6)) + 1
    frames = job.frames[0] + np.arange(count) * (job.frame_rate_hz / RATE_HZ)
    curves = {}
    for name in ("energy", "size"):
        slider = Slider(getattr(choice.settings, name), f"{choice.keyed_path}.{name}")
        found = sample_slider(context, choice.armature, slider, frames)
        curves[name] = found if isinstance(found, np.ndarray) else None
        if curves[name] is None:
            job = replace(job, settings=replace(job.settings, **{name: float(found)}))
    return replace(job, **curves)
