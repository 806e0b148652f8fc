"""The gesture demo: somebody talks with the hands; then music plays, and two people dance to it.

Writes gesture.blend, gesture.mp4 (with sound), gesture.png and gesture.json. The music is made for
the demo.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.capabilities.gesture.job import Gesture, GestureJob
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.gesture.settings import GestureMode, GestureSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.sound.waveform import WavSound

from .chart import BLUE, GREY, INK, ORANGE, Curve, Row, render_chart
from .common import about_run, make_files, tell
from .film import has_sound, render_film, use_workbench
from .pixels import compose_sheet, render_pixels, save_pixels, take_pixels
from .scene import show_in_viewports
from .stage import FIRST_FRAME, FRAME_RATE, MUSIC, VOICE, Stage, build_stage

Array = NDArray[np.float64]

FILES: Final = ("gesture.json", "gesture.blend", "gesture.mp4", "gesture.png")
FILM_SIZE: Final = (640, 360)
STYLES: Final = ("Salsa lead", "Salsa follow")
_STRIP: Final = ResultOptions(kind=ResultKind.STRIP, blend_in_s=0.4, blend_out_s=0.6)
_ENERGY, _SIZE = 1.6, 1.3  # of the talker: somebody with lively hands
_STEP: Final = 2
_COLUMNS: Final = 6
_STILL_SIZE: Final = (300, 190)
_CHART_SIZE: Final = (_COLUMNS * _STILL_SIZE[0], 620)
_MARK: Final = 0.12
"""Height of a stroke's or a beat's mark in its row."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many frames of the film are drawn."""
    parser.add_argument(
        "--step", type=int, default=_STEP, help="draw every so many frames (%(default)s)"
    )


def run(out: Path, models: ModelChoice | None = None, *, step: int = _STEP) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.
        step: every so many frames are drawn, at as many fewer a second.

    Returns:
        What gesture.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice(), step))
    tell("%s in %s", ", ".join(FILES), out)
    tell("%d strokes, %d beats, %s", report["strokes"], report["beats"], report["provider"])
    return report


def _make(folder: Path, models: ModelChoice, step: int) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    use_workbench(context.scene, *FILM_SIZE)
    stage = build_stage(context, folder)
    tell("scene built")
    talk = _talk(context, stage, models)
    tell("talked: %d strokes", len(talk.result.talk.strokes))
    dances = _dance(context, stage, models)
    tell("danced: %.0f bpm heard", dances[0].result.music.beats.tempo_bpm)
    _add_faces(context, stage, models)
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()  # the file can be moved anywhere
    bpy.ops.wm.save_as_mainfile(
        filepath=str(folder / "gesture.blend"), check_existing=False, compress=True
    )
    tell("scene saved; the film takes a while")
    render_film(context.scene, folder / "gesture.mp4", sound=True, step=step)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    _write_sheet(context, stage, talk.result, [each.result for each in dances], folder)
    stage.music.unlink()
    return {
        "strokes": len(talk.result.talk.strokes),
        "beats": len(dances[0].result.music.beats.beats_s),
        "tempo_bpm": round(dances[0].result.music.beats.tempo_bpm, 1),
        "frames": context.scene.frame_end,
        "fps": FRAME_RATE,
        **about_run(talk),
        "blender": bpy.app.version_string,
    }


def _generate(
    context: bpy.types.Context,
    choice: GestureChoice,
    models: ModelChoice,
    options: ResultOptions | None = None,
) -> Outcome[Gesture]:
    job: GestureJob = gesture_scene.read(context, choice, models)
    outcome = job.run()
    gesture_scene.write(context, job, outcome.result, options)
    return outcome


def _talk(context: bpy.types.Context, stage: Stage, models: ModelChoice) -> Outcome[Gesture]:
    choice = GestureChoice(
        stage.talker, GestureMode.TALK, stage.sound(VOICE), start_frame=FIRST_FRAME,
        settings=GestureSettings(energy=_ENERGY, size=_SIZE, handedness=0.0), seed=2,
    )  # fmt: skip
    return _generate(context, choice, models)


def _dance(context: bpy.types.Context, stage: Stage, models: ModelChoice) -> list[Outcome[Gesture]]:
    """Both, each in a style of its own, on the spot."""
    outcomes = []
    for seed, (dancer, style) in enumerate(zip(stage.dancers, STYLES, strict=True)):
        choice = GestureChoice(
            dancer, GestureMode.DANCE, stage.sound(MUSIC), start_frame=stage.music_frame,
            settings=GestureSettings(travel=False), style=style, seed=seed,
        )  # fmt: skip
        outcomes.append(_generate(context, choice, models, _STRIP))
    return outcomes


def _add_faces(context: bpy.types.Context, stage: Stage, models: ModelChoice) -> None:
    """One speaks to whoever sees; the other looks at him while he does."""
    scene = context.scene
    settings = SpeechSettings(
        stage.talker, stage.sound(VOICE),
        start_frame=None if has_sound() else FIRST_FRAME, blinks=False,
    )  # fmt: skip
    speech = speech_scene.read(context, settings, models)
    speech_scene.write(context, speech, speech.run().result)
    choices = [
        GazeChoice(stage.talker, (TargetChoice(scene.camera),), sound=stage.sound(VOICE)),
        GazeChoice(stage.listener, (TargetChoice(stage.talker),), partner_sound=stage.sound(VOICE)),
    ]
    gaze = gaze_scene.read(context, choices, 1, stage.music_frame, models)
    gaze_scene.write(context, gaze, gaze.run().result)


def _write_sheet(
    context: bpy.types.Context,
    stage: Stage,
    talk: Gesture,
    dances: Sequence[Gesture],
    folder: Path,
) -> None:
    """Six moments of the talk at its strokes, six of the dance, and curves over both sounds."""
    stills = [
        _still(context, frame, folder / f"still_{number}.png")
        for number, frame in enumerate(_moments(context, stage, talk))
    ]
    seconds = context.scene.frame_end / FRAME_RATE
    chart = folder / "chart.png"
    render_chart(_rows(stage, talk, dances), seconds, _CHART_SIZE, chart)
    sheet = compose_sheet(stills, _COLUMNS, take_pixels(chart))
    save_pixels(sheet, folder / "gesture.png")


def _moments(context: bpy.types.Context, stage: Stage, talk: Gesture) -> list[int]:
    """Each at a stroke or between two, and evenly over the dance."""
    strokes = [FIRST_FRAME + stroke.time_s * FRAME_RATE for stroke in talk.talk.strokes]
    places = np.linspace(0, len(strokes) - 1, _COLUMNS)
    talking = np.interp(places, np.arange(len(strokes)), strokes).round().astype(int)
    last = context.scene.frame_end - FRAME_RATE
    dancing = np.linspace(stage.music_frame + FRAME_RATE, last, _COLUMNS).round().astype(int)
    return [*talking.tolist(), *dancing.tolist()]


def _still(context: bpy.types.Context, frame: int, file: Path) -> Any:
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "8"
    scene.frame_set(frame)
    return render_pixels(scene, file, f" {frame / FRAME_RATE:.1f} s")


def _rows(stage: Stage, talk: Gesture, dances: Sequence[Gesture]) -> list[Row]:
    strokes = np.array([stroke.time_s for stroke in talk.talk.strokes])
    rows = [_heard_row("voice,\nstrokes", stage, VOICE, strokes)]
    rows.append(_height_row("hands\n(m)", FIRST_FRAME, talk.talk.result.clip, "Hand", (0.6, 1.6)))
    rows.append(_heard_row("music,\nbeats", stage, MUSIC, stage.beats_s))
    for who, dance in zip(("lead", "follow"), dances, strict=True):
        clip = dance.dance.result.clip
        rows.append(_height_row(f"{who}'s\nfeet (m)", stage.music_frame, clip, "Toe", (0.0, 0.4)))
    return rows


def _heard_row(label: str, stage: Stage, name: str, marks_s: Array) -> Row:
    """A waveform, and a mark at each stroke or beat."""
    start = stage.start_of(name) / FRAME_RATE
    sound = WavSound(stage.voice if name == VOICE else stage.music)
    samples = sound.read(0, int(sound.duration_s * sound.sample_rate_hz))
    times = start + np.arange(len(samples)) / sound.sample_rate_hz
    marks = [
        Curve(np.full(2, start + mark), np.array([-1.0, -1.0 + 2 * _MARK]), INK) for mark in marks_s
    ]
    return Row(label, -1.0, 1.0, [Curve(times, samples, GREY, filled=True), *marks])


def _height_row(label: str, frame: int, clip: Any, joint: str, span_m: tuple[float, float]) -> Row:
    """Height of the left (blue) and the right (orange) of a pair of joints."""
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    times = frame / FRAME_RATE + np.arange(clip.frame_count) / clip.frame_rate_hz
    curves = [
        Curve(times, places[:, clip.skeleton.index(f"{side}{joint}"), 1], colour)
        for side, colour in (("Left", BLUE), ("Right", ORANGE))
    ]
    return Row(label, *span_m, curves)
