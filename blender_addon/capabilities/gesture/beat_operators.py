"""Operators on the beats of music: tap the tempo, halve and double it, set the first beat."""

from __future__ import annotations

import time
from typing import Final

import bpy

from ...blender.timeline import animation_frame, animation_rate_of
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.sound.tempo import last_taps, tempo_of_taps
from ..character.chosen import chosen_armature, reason_without_armature
from .markers import read_beats, show_beats, take_in_beats
from .properties import MAX_BPM, MIN_BPM

_NO_TEMPO: Final = "No tempo is known yet. Generate a dance, tap it, or type it"
_taps: Final[dict[int, list[float]]] = {}
"""When the tempo was tapped, by the character's number in this session."""


class _OnBeats:
    """Mix-in: there is somebody chosen who could dance."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None


def _tempo_now(chosen: bpy.types.PropertyGroup) -> float:
    """Beats a minute, as set or as heard; 0 where none is known."""
    heard = chosen.beats.tempo_from == "HEARD"
    return float(chosen.last_result_bpm if heard else chosen.beats.tempo)


def _set_tempo(context: bpy.types.Context, bpm: float, first_frame: float | None = None) -> None:
    """Take a tempo instead of the one that is heard; its first beat is the first one heard."""
    armature = chosen_armature(context)
    chosen = armature.neural_motion.gesture
    take_in_beats(context.scene, armature)
    beats = chosen.beats
    if first_frame is None and beats.tempo_from == "HEARD":
        heard = read_beats(chosen.last_result_beats)
        first_frame = heard[0] if heard else float(context.scene.frame_start)
    if first_frame is not None:
        beats.first_beat = first_frame
    beats.tempo_from, beats.tempo = "SET", min(max(bpm, MIN_BPM), MAX_BPM)
    _mark_again(context)


def _mark_again(context: bpy.types.Context) -> None:
    """Show the beats that were set, over the frames of those shown before."""
    armature = chosen_armature(context)
    chosen = armature.neural_motion.gesture
    known = read_beats(chosen.last_result_beats)
    if len(known) > 1 and chosen.beats.tempo_from == "SET":
        step = 60.0 * animation_rate_of(context.scene) / chosen.beats.tempo
        first = chosen.beats.first_beat
        count = int((known[-1] - first) / step) + 1
        frames = [round(first + n * step, 2) for n in range(max(count, 1))]
        chosen.last_result_beats = str([each for each in frames if each >= known[0] - step])
    show_beats(context.scene, armature)


class NEURALMOTION_OT_tap_tempo(_OnBeats, bpy.types.Operator):
    """Press it on each beat, while the music plays: after a few taps the tempo is known"""

    bl_idname = "neural_motion.tap_tempo"
    bl_label = "Tap Tempo"
    bl_options = {"REGISTER", "UNDO_GROUPED"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        now, key = time.monotonic(), chosen_armature(context).session_uid
        taps = last_taps([*_taps.get(key, ()), now]).tolist()
        _taps[key] = taps
        bpm = tempo_of_taps(taps)
        if not bpm:
            report(self, {"INFO"}, "Go on: tap on each beat")
            return {"FINISHED"}
        screen = context.screen
        plays = screen is not None and screen.is_animation_playing
        scene = context.scene
        first = float(animation_frame(scene, scene.frame_current_final)) if plays else None
        if first is not None:
            first -= (len(taps) - 1) * 60.0 * animation_rate_of(scene) / bpm
        _set_tempo(context, bpm, first)
        report(self, {"INFO"}, f"{bpm:.1f} bpm after {len(taps)} taps")
        return {"FINISHED"}


class NEURALMOTION_OT_scale_tempo(_OnBeats, bpy.types.Operator):
    """Take half or twice the tempo: a measure may be heard at either"""

    bl_idname = "neural_motion.scale_tempo"
    bl_label = "Half or Double Tempo"
    bl_options = {"REGISTER", "UNDO"}
    redo_shows = ("factor",)

    factor: bpy.props.EnumProperty(
        name="Tempo",
        description="What becomes of the tempo",
        items=(("HALF", "Half", "Half as fast"), ("DOUBLE", "Double", "Twice as fast")),
        default="HALF",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_armature(context).neural_motion.gesture
        now = _tempo_now(chosen)
        if not now:
            report(self, {"ERROR"}, _NO_TEMPO)
            return {"CANCELLED"}
        bpm = now * (0.5 if self.factor == "HALF" else 2.0)
        if not MIN_BPM <= bpm <= MAX_BPM:
            report(
                self, {"ERROR"},
                f"{bpm:.0f} bpm is out of range; a tempo lies between {MIN_BPM:g} and {MAX_BPM:g}",
            )  # fmt: skip
            return {"CANCELLED"}
        _set_tempo(context, bpm)
        report(self, {"INFO"}, f"{bpm:.1f} bpm. Generate again")
        return {"FINISHED"}


class NEURALMOTION_OT_first_beat_here(_OnBeats, bpy.types.Operator):
    """The first beat of a measure falls where the playhead is"""

    bl_idname = "neural_motion.first_beat_here"
    bl_label = "First Beat at Playhead"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        chosen = chosen_armature(context).neural_motion.gesture
        bpm = _tempo_now(chosen)
        if not bpm:
            report(self, {"ERROR"}, _NO_TEMPO)
            return {"CANCELLED"}
        _set_tempo(context, bpm, float(animation_frame(scene, scene.frame_current_final)))
        report(self, {"INFO"}, f"First beat at frame {scene.frame_current}. Generate again")
        return {"FINISHED"}


CLASSES = (
    NEURALMOTION_OT_tap_tempo,
    NEURALMOTION_OT_scale_tempo,
    NEURALMOTION_OT_first_beat_here,
)
