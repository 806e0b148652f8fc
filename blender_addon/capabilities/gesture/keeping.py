"""Keeps what came of gestures: strokes and beats with their markers, and the result's line."""

from __future__ import annotations

import json

import bpy
import numpy as np

from ...blender.sound.sequencer import Voice, add_to_sequencer
from .job import Gesture, GestureJob
from .markers import show_beats, show_strokes, take_in_beats, take_in_strokes


def keep_gesture(
    context: bpy.types.Context, owner: bpy.types.Object, job: GestureJob, gesture: Gesture
) -> None:
    """Keep strokes and beats with a character, and mark them in the timeline as its panel says.

    Args:
        context: whose scene.
        owner: the armature that keeps the settings.
        job, gesture: what was generated and written.
    """
    scene = context.scene
    take_in_strokes(scene, owner)
    take_in_beats(scene, owner)
    if gesture.talk is not None:
        _keep_strokes(owner, job, gesture)
    if gesture.music is not None:
        _keep_beats(owner, job, gesture)
    show_strokes(scene, owner)
    show_beats(scene, owner)


def _keep_strokes(owner: bpy.types.Object, job: GestureJob, gesture: Gesture) -> None:
    """The strokes of this result; those of other frames, and those taken out, stay."""
    strokes = owner.neural_motion.gesture.strokes
    first, last = job.frames[0], job.frames[-1]
    origins = {round(e.frame, 2): e.origin for e in strokes if e.has_origin and not e.removed}
    kept = [
        (e.frame, e.hand, e.size, e.moved, e.removed, e.origin if e.has_origin else None)
        for e in strokes
        if e.removed or not first <= e.frame <= last
    ]
    for each in gesture.talk.strokes:
        frame = float(first + each.time_s * job.frame_rate_hz)
        origin = origins.get(round(frame, 2)) if each.moved else None
        kept.append((frame, each.hand, each.size, each.moved, False, origin))
    strokes.clear()
    for frame, hand, size, moved, removed, origin in sorted(kept, key=lambda each: each[0]):
        new = strokes.add()
        new.frame, new.hand, new.size, new.moved, new.removed = frame, hand, size, moved, removed
        new.has_origin, new.origin = origin is not None, origin or 0.0


def _keep_beats(owner: bpy.types.Object, job: GestureJob, gesture: Gesture) -> None:
    chosen, music = owner.neural_motion.gesture, gesture.music
    chosen.last_result_bpm = music.heard.tempo_bpm
    chosen.last_result_sure = float(np.clip(music.heard.confidence, 0.0, 1.0))
    at = job.frames[0] + np.asarray(music.beats.beats_s) * job.frame_rate_hz
    inside = at[(at >= job.frames[0]) & (at <= job.frames[-1])]
    chosen.last_result_beats = json.dumps([round(float(each), 2) for each in inside])


def let_be_heard(
    context: bpy.types.Context, owner: bpy.types.Object, job: GestureJob
) -> tuple[str, ...]:
    """Put a file into the sequencer where it is moved to; what is good to know about that."""
    chosen = owner.neural_motion.gesture
    if chosen.source != "FILE" or not chosen.add_to_sequencer:
        return ()
    sound = job.sound
    voice = Voice(f"{owner.name}|gesture", chosen.file, sound.start_frame, sound.end_frame)
    return add_to_sequencer(context, voice)


def describe(job: GestureJob, gesture: Gesture) -> str:
    """What was generated, before the first semicolon in brief."""
    seconds = f"{len(job.frames)} frames, {job.duration_s:.1f} s"
    if gesture.talk is not None:
        count = len(gesture.talk.strokes)
        moved = sum(each.moved for each in gesture.talk.strokes)
        kept = f"; {moved} of them where they were put" if moved else ""
        return f"{seconds}, {count} strokes{kept}" if count != 1 else f"{seconds}, 1 stroke{kept}"
    beats = gesture.music.beats
    told = f"{seconds}, {beats.tempo_bpm:.0f} bpm"
    return f"{told}; heard {gesture.music.heard.tempo_bpm:.1f} bpm"
