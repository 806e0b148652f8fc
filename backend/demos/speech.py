"""The speech demo: two people speak a line each to the camera, with glances at each other.

Writes speech.blend, speech.mp4 (with sound), speech.png and speech.json. The voices are a speech
synthesiser's.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import Speech, SpeechJob, SpeechSettings
from blender_addon.core.errors import InputError
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome
from blender_addon.demo_character.portrait import face_camera

from .chart import BLUE, GREEN, GREY, INK, ORANGE, Curve, Row, render_chart
from .common import about_run, make_files, tell
from .conversation import SOUNDS
from .film import has_sound, render_film, use_workbench
from .pixels import compose_sheet, render_pixels, save_pixels, take_pixels
from .scene import show_in_viewports
from .speakers import FIRST_FRAME, FRAME_RATE, Speaker, build_speakers

FILES: Final = ("speech.json", "speech.blend", "speech.mp4", "speech.png")
LINES: Final = ("lines_first.wav", "lines_second.wav")
FILM_SIZE: Final = (768, 480)
_STILLS, _COLUMNS = 12, 6
_STILL_SIZE: Final = (240, 260)
_CHART_SIZE: Final = (_COLUMNS * _STILL_SIZE[0], 620)
_BESIDE_DEG: Final = 14.0  # from where each is seen in the stills
_OTHER_WEIGHT: Final = 0.3  # the camera has 1
_LEAST_APART_S: Final = 0.25

_VISIBLE: Final = {
    "shut": ("P", "B", "M"),
    "open": ("AA", "AE", "AO", "AW", "AY"),
    "round": ("UW", "OW", "W"),
}

Array = NDArray[np.floating[Any]]
Moments = list[tuple[str, int]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What else may be spoken."""
    parser.add_argument("--sound", type=Path, help="another WAV for one to speak")
    parser.add_argument(
        "--phones",
        type=Path,
        help="CSV with start_s, end_s, phone (ARPAbet) and word: stills at the phones of these",
    )


def run(
    out: Path,
    models: ModelChoice | None = None,
    sound: Path | None = None,
    phones: Path | None = None,
) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.
        sound: another WAV than the demo's own; the first speaks it, the second listens.
        phones: CSV of the sound's phones; stills are then taken at lips that should be shut, open
            and round, instead of where the curves say that they are.

    Returns:
        What speech.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    moments = None if phones is None else read_moments(phones)
    voices = [sound] if sound else [SOUNDS / name for name in LINES]
    report = make_files(
        out, FILES, lambda folder: _make(folder, models or ModelChoice(), voices, moments)
    )
    tell("%s in %s", ", ".join(FILES), out)
    tell("%d shapes move, jaw up to %.2f, %s",
         report["moving_shapes"], report["largest_jaw_open"], report["provider"])  # fmt: skip
    return report


def _make(
    folder: Path, models: ModelChoice, voices: Sequence[Path], known: Moments | None
) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    use_workbench(context.scene, *FILM_SIZE, close_up=True)
    everybody = build_speakers(context, voices)
    tell("scene built")
    speakers = [each for each in everybody if each.voice is not None]
    jobs, outcomes = zip(*(_speak(context, each, models) for each in speakers), strict=True)
    speeches = [outcome.result for outcome in outcomes]
    tell("%.1f s of speech", max(speech.result.clip.duration_s for speech in speeches))
    _add_gaze(context, everybody, models)
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()  # the file can be moved anywhere
    bpy.ops.wm.save_as_mainfile(
        filepath=str(folder / "speech.blend"), check_existing=False, compress=True
    )
    tell("scene saved; the film takes a while")
    render_film(context.scene, folder / "speech.mp4", sound=True)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    count = _STILLS // len(speakers)
    moments = [known] if known else [find_moments(s.result.clip, count) for s in speeches]
    moments += [[]] * (len(speakers) - len(moments))
    _write_sheet(context, speakers, jobs, speeches, moments, folder / "speech.png")
    own = "speech synthesiser eSpeak NG"
    return {
        **_measure_all(speakers, speeches, moments),
        **about_run(_together(outcomes)),
        "voice": own if len(voices) > 1 else voices[0].name,
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


def _add_gaze(
    context: bpy.types.Context, everybody: Sequence[Speaker], models: ModelChoice
) -> None:
    """They talk to whoever sees through the camera, with glances at each other."""
    scene = context.scene
    choices = [
        GazeChoice(
            own.armature,
            (
                TargetChoice(scene.camera),
                TargetChoice(other.armature, "OBJECT", weight=_OTHER_WEIGHT),
            ),
            sound=own.sound(),
            partner_sound=other.sound(),
            seed=number + 4,
        )
        for number, (own, other) in enumerate(zip(everybody, everybody[::-1], strict=True))
    ]
    job = gaze_scene.read(context, choices, scene.frame_start, scene.frame_end, models)
    gaze_scene.write(context, job, job.run().result)


def read_moments(phones: Path) -> Moments:
    """Frames in the middle of phones that show on the lips, in order of time.

    Args:
        phones: CSV with the columns start_s, end_s, phone (ARPAbet without stress) and word.

    Returns:
        Phone with its word, and frame: a third shut, open and round each, evenly taken, as far as
        there are so many.

    Raises:
        InputError: the file cannot be read, or none of these phones is in it.
    """
    try:
        with phones.open(encoding="utf-8", newline="") as file:
            rows = [
                (0.5 * (float(row["start_s"]) + float(row["end_s"])), row["phone"], row["word"])
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"{phones} cannot be read: {error}. Give a CSV with start_s, end_s, phone and word"
        ) from error
    found: dict[int, str] = {}
    spare: dict[int, str] = {}  # where one kind has too few phones, others fill up
    for kind, names in _VISIBLE.items():
        fitting = {round(at * FRAME_RATE): f"{p} in {word}" for at, p, word in rows if p in names}
        if not fitting:
            raise InputError(f"{phones} has no {kind} phone ({', '.join(names)})")
        frames = sorted(fitting)
        evenly = np.linspace(0, len(frames) - 1, _STILLS // len(_VISIBLE)).round().astype(int)
        found |= {frames[n]: fitting[frames[n]] for n in evenly}
        spare |= fitting
    for frame in [frame for frame in spare if frame not in found][: _STILLS - len(found)]:
        found[frame] = spare[frame]
    return [(found[frame], frame) for frame in sorted(found)]


def find_moments(clip: FaceClip, count: int = _STILLS) -> Moments:
    """Frames at which the mouth is most clearly open, round and shut, in order of time.

    Args:
        clip: a speaking face.
        count: how many; a multiple of three.

    Returns:
        Label and frame, a third of them of each kind, no two of a kind close together.
    """
    jaw, shut = _weight(clip, "jawOpen"), _weight(clip, "mouthClose")
    round_ = np.maximum(_weight(clip, "mouthPucker"), _weight(clip, "mouthFunnel"))
    pressed = 0.5 * (_weight(clip, "mouthPressLeft") + _weight(clip, "mouthPressRight"))
    talking = np.convolve(jaw, np.ones(15), "same") > 0.2  # a pause is shut as well
    measures = {"open": jaw - shut, "round": round_, "shut": (shut + pressed) * talking}
    found = []
    for kind, values in measures.items():
        found += [(kind, n) for n in _peaks(values, count // 3, clip.frame_rate_hz)]
    return sorted(found, key=lambda moment: moment[1])


def _peaks(values: Array, count: int, rate_hz: float) -> list[int]:
    """The largest values, no two within a quarter of a second."""
    left, found = values.astype(np.float64).copy(), []
    reach = max(int(_LEAST_APART_S * rate_hz), 1)
    for _ in range(count):
        peak = int(np.argmax(left))
        found.append(peak)
        left[max(peak - reach, 0) : peak + reach + 1] = -np.inf
    return found


def _weight(clip: FaceClip, channel: str) -> Array:
    if channel not in clip.channels:
        return np.zeros(clip.frame_count)
    return clip.weights[:, clip.channels.index(channel)]


def _measure_all(
    speakers: Sequence[Speaker], speeches: Sequence[Speech], moments: Sequence[Moments]
) -> dict[str, Any]:
    """Measures of each, and above them those of whoever moves less."""
    measured = [_measure(*pair) for pair in zip(speeches, moments, strict=True)]
    return {
        "frames": max(each["frames"] for each in measured),
        "fps": FRAME_RATE,
        "moving_shapes": min(each["moving_shapes"] for each in measured),
        "largest_jaw_open": min(each["largest_jaw_open"] for each in measured),
        "moments": {at: kind for each in measured for at, kind in each["moments"].items()},
        "characters": {s.name: m for s, m in zip(speakers, measured, strict=True)},
        "blender": bpy.app.version_string,
    }


def _measure(speech: Speech, moments: Moments) -> dict[str, Any]:
    clip = speech.result.clip
    moving = [name for name, curve in speech.shapes.items() if np.ptp(curve) > 0.01]
    return {
        "frames": clip.frame_count,
        "moving_shapes": len(moving),
        "largest_jaw_open": round(float(_weight(clip, "jawOpen").max()), 3),
        "moments": {f"{n / FRAME_RATE:.2f} s": kind for kind, n in moments},
    }


def _write_sheet(
    context: bpy.types.Context,
    speakers: Sequence[Speaker],
    jobs: Sequence[SpeechJob],
    speeches: Sequence[Speech],
    moments: Sequence[Moments],
    out: Path,
) -> None:
    """Twelve mouths over the curves and the sounds."""
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "8"
    stills = []
    for speaker, job, own in zip(speakers, jobs, moments, strict=True):
        _show_only(scene, speaker)
        scene.frame_set(scene.frame_start)
        face_camera(context, speaker.armature, turn_deg=_BESIDE_DEG * speaker.side, follow=True)
        for kind, frame in own:
            scene.frame_set(int(job.frames[frame]))
            label = f" {len(stills) + 1}  {speaker.name}  {frame / FRAME_RATE:.2f} s  {kind}"
            stills.append(render_pixels(scene, out.with_name(f"still_{len(stills)}.png"), label))
    chart = out.with_name("chart.png")
    rows = [row for each in zip(speakers, jobs, speeches, moments) for row in _rows(*each)]  # noqa: B905
    longest = max(speech.result.clip.duration_s for speech in speeches)
    render_chart(rows, longest, _CHART_SIZE, chart)
    save_pixels(compose_sheet(stills, _COLUMNS, take_pixels(chart)), out)


def _show_only(scene: bpy.types.Scene, speaker: Speaker) -> None:
    """Hide the other, whose head may be before the camera."""
    for thing in scene.objects:
        if thing.type == "MESH":
            thing.hide_render = thing.parent != speaker.armature


def _rows(speaker: Speaker, job: SpeechJob, speech: Speech, moments: Moments) -> list[Row]:
    clip = speech.result.clip
    sound, times = job.sound.sound, np.arange(clip.frame_count) / clip.frame_rate_hz
    rate = sound.sample_rate_hz
    samples = sound.read(round(job.request.start_s * rate), int(clip.duration_s * rate))
    heard = Curve(np.arange(len(samples)) / rate, samples, GREY, filled=True)
    marks = [Curve(np.full(2, times[n]), np.array([-1.0, 1.0]), INK) for _, n in moments]

    def row(label: str, *channels: str) -> Row:
        curves = [
            Curve(times, _weight(clip, channel), colour)
            for channel, colour in zip(channels, (BLUE, ORANGE, GREEN), strict=False)
        ]
        return Row(label, 0.0, 1.0, curves)

    return [
        Row(f"{speaker.name}\nvoice,\nstills", -1.0, 1.0, [heard, *marks]),
        row("jaw open,\nmouth close", "jawOpen", "mouthClose"),
        row("pucker,\nfunnel,\npress", "mouthPucker", "mouthFunnel", "mouthPressLeft"),
        row("smile,\nstretch,\nbrows", "mouthSmileLeft", "mouthStretchLeft", "browInnerUp"),
    ]
