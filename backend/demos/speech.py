"""The speech demo: one voice on three faces side by side: ARKit's shapes, VRM's vowels, visemes.

Writes speech.blend, speech.mp4 (with sound), speech.png and speech.json. The voice is a natural
one, made by Piper.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import Speech, SpeechJob, SpeechSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome

from .common import about_run, make_files, tell
from .conversation import SOUNDS
from .film import has_sound, render_film, use_workbench
from .moments import Moments, find_moments, read_moments, weight_of
from .scene import show_in_viewports
from .speakers import FIRST_FRAME, FRAME_RATE, Speaker, build_speakers, hide_unseen
from .speech_sheet import write_sheet

FILES: Final = ("speech.json", "speech.blend", "speech.mp4", "speech.png")
SENTENCES: Final = "natural.wav"
"""Two of them, with a table of their phones beside."""
FILM_SIZE: Final = (1200, 440)
_STILLS: Final = 12
_OWN: Final = "Piper's en_US-joe-medium"


def add_options(parser: argparse.ArgumentParser) -> None:
    """What else may be spoken, and by which network."""
    parser.add_argument("--sound", type=Path, help="another WAV to speak")
    parser.add_argument(
        "--phones",
        type=Path,
        help="CSV with start_s, end_s, phone (ARPAbet) and word: stills at the phones of these",
    )
    parser.add_argument(
        "--stills", type=int, default=_STILLS, help="moments in the picture; 0 for every phone seen"
    )
    parser.add_argument("--model", help="name of another speech model")


def run(
    out: Path,
    models: ModelChoice | None = None,
    sound: Path | None = None,
    phones: Path | None = None,
    stills: int = _STILLS,
    model: str | None = None,
) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.
        sound: another WAV than the demo's own.
        phones: CSV of the sound's phones; stills are then taken at lips that should be shut, open
            and round, instead of where the curves say that they are. The demo's own sound has one.
        stills: how many moments; 0 for every such phone.
        model: name of another speech model.

    Returns:
        What speech.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    models = models or ModelChoice()
    if model:
        models = replace(models, names={**models.names, "speech_face": model})
    voice = sound or SOUNDS / SENTENCES
    phones = phones or (None if sound else voice.with_suffix(".csv"))
    known = None if phones is None else read_moments(phones, FRAME_RATE, stills)
    report = make_files(
        out, FILES, lambda folder: _make(folder, models, voice, known, stills or _STILLS)
    )
    tell("%s in %s", ", ".join(FILES), out)
    tell("%d shapes move, jaw up to %.2f, %s",
         report["moving_shapes"], report["largest_jaw_open"], report["provider"])  # fmt: skip
    return report


def _make(
    folder: Path, models: ModelChoice, voice: Path, known: Moments | None, stills: int
) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    use_workbench(context.scene, *FILM_SIZE, close_up=True)
    speakers = build_speakers(context, voice)
    tell("scene built")
    jobs, outcomes = zip(*(_speak(context, each, models) for each in speakers), strict=True)
    speeches = [outcome.result for outcome in outcomes]
    tell("%.1f s of speech, three times", speeches[0].result.clip.duration_s)
    _add_gaze(context, speakers, models)
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()  # the file can be moved anywhere
    bpy.ops.wm.save_as_mainfile(
        filepath=str(folder / "speech.blend"), check_existing=False, compress=True
    )
    tell("scene saved; the film takes a while")
    hide_unseen(context.scene)
    render_film(context.scene, folder / "speech.mp4", sound=True)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    moments = known or find_moments(speeches[0].result.clip, stills)
    write_sheet(context, speakers, jobs, speeches, moments, folder / "speech.png")
    return {
        **_measure_all(speakers, speeches, moments),
        **about_run(_together(outcomes)),
        "voice": _OWN if voice.name == SENTENCES else voice.name,
    }


def _speak(
    context: bpy.types.Context, speaker: Speaker, models: ModelChoice
) -> tuple[SpeechJob, Outcome[Speech]]:
    """Generate and write what somebody says; the eyes' own layer blinks."""
    settings = SpeechSettings(
        speaker.armature,
        speaker.sound(),
        start_frame=None if has_sound() else FIRST_FRAME,
        blinks=False,
    )
    job = speech_scene.read(context, settings, models)
    outcome = job.run()
    speech_scene.write(context, job, outcome.result)
    return job, outcome


def _together(outcomes: Sequence[Outcome[Speech]]) -> Outcome[Speech]:
    """The first, with the time of all."""
    return replace(outcomes[0], compute_s=sum(outcome.compute_s for outcome in outcomes))


def _add_gaze(context: bpy.types.Context, speakers: Sequence[Speaker], models: ModelChoice) -> None:
    """They talk to whoever sees through the camera, and blink at moments of their own."""
    scene = context.scene
    choices = [
        GazeChoice(
            each.armature, (TargetChoice(scene.camera),), sound=each.sound(), seed=number + 4
        )
        for number, each in enumerate(speakers)
    ]
    job = gaze_scene.read(context, choices, scene.frame_start, scene.frame_end, models)
    gaze_scene.write(context, job, job.run().result)


def _measure_all(
    speakers: Sequence[Speaker], speeches: Sequence[Speech], moments: Moments
) -> dict[str, Any]:
    """Measures of the first, whose shapes are the network's own, and how many move on each."""
    clip = speeches[0].result.clip
    moving = {
        speaker.name: sum(float(np.ptp(curve)) > 0.01 for curve in speech.shapes.values())
        for speaker, speech in zip(speakers, speeches, strict=True)
    }
    return {
        "frames": clip.frame_count,
        "fps": FRAME_RATE,
        "moving_shapes": moving[speakers[0].name],
        "largest_jaw_open": round(float(weight_of(clip, "jawOpen").max()), 3),
        "moments": {f"{n / FRAME_RATE:.2f} s": label for label, n in moments},
        "characters": moving,
        "blender": bpy.app.version_string,
    }
