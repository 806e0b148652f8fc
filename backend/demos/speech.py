"""The speech demo: a character speaks two sentences, its eyes on the camera.

Writes speech.blend, speech.mp4 (with sound), speech.png and speech.json. The voice is a speech
synthesiser's.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import Speech, SpeechJob, SpeechSettings
from blender_addon.core.errors import InputError
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import WavSound
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.portrait import face_camera

from .chart import BLUE, GREEN, GREY, INK, ORANGE, Curve, Row, render_chart
from .common import about_run, make_files, tell
from .conversation import SOUNDS
from .film import add_sound, has_sound, render_film, use_workbench
from .pixels import compose_sheet, render_pixels, save_pixels, take_pixels
from .scene import show_in_viewports
from .stance import write_stance

FILES: Final = ("speech.json", "speech.blend", "speech.mp4", "speech.png")
SENTENCE: Final = "sentence.wav"
STRIP: Final = "Sentence"
FRAME_RATE: Final = 30
FILM_SIZE: Final = (480, 480)
_FIRST_FRAME: Final = 10
_STILLS, _COLUMNS = 12, 6
_STILL_SIZE: Final = (240, 240)
_CHART_SIZE: Final = (_COLUMNS * _STILL_SIZE[0], 500)
_WALL: Final = (0.72, 0.75, 0.78)
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
    parser.add_argument("--sound", type=Path, help="another WAV to speak")
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
        sound: another WAV than the demo's own.
        phones: CSV of the sound's phones; stills are then taken at lips that should be shut, open
            and round, instead of where the curves say that they are.

    Returns:
        What speech.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    moments = None if phones is None else read_moments(phones)
    spoken = sound or SOUNDS / SENTENCE
    report = make_files(
        out, FILES, lambda folder: _make(folder, models or ModelChoice(), spoken, moments)
    )
    tell("%s in %s", ", ".join(FILES), out)
    tell("%d shapes move, jaw up to %.2f, %s",
         report["moving_shapes"], report["largest_jaw_open"], report["provider"])  # fmt: skip
    return report


def _make(folder: Path, models: ModelChoice, spoken: Path, known: Moments | None) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    character = _build_scene(context, spoken)
    tell("scene built")
    job = speech_scene.read(context, _settings(character, spoken), models)
    outcome = job.run()
    speech = outcome.result
    speech_scene.write(context, job, speech)
    tell("%.1f s of speech", speech.result.clip.duration_s)
    _add_gaze(context, character, spoken, models)
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()  # the file can be moved anywhere
    bpy.ops.wm.save_as_mainfile(
        filepath=str(folder / "speech.blend"), check_existing=False, compress=True
    )
    tell("scene saved; the film takes a while")
    render_film(context.scene, folder / "speech.mp4", sound=True)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    moments = known or find_moments(speech.result.clip)
    _write_sheet(context, job, speech, moments, folder / "speech.png")
    own = spoken == SOUNDS / SENTENCE
    voice = "speech synthesiser eSpeak NG" if own else spoken.name
    return {**_measure(speech, moments), **about_run(outcome), "voice": voice}


def _build_scene(context: bpy.types.Context, spoken: Path) -> bpy.types.Object:
    """A character before a wall, its voice in the sequencer, a camera on its face."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    sound = WavSound(spoken)
    scene.frame_start, scene.frame_current = 1, 1
    scene.frame_end = int(sound.duration_s * FRAME_RATE) + 2 * _FIRST_FRAME
    add_sound(scene, STRIP, spoken, 1, _FIRST_FRAME)
    character = add_person(context)
    voice = detect_voice(sound)
    seconds = (np.arange(1, scene.frame_end + 1) - _FIRST_FRAME) / FRAME_RATE
    loud = np.interp(seconds, np.arange(len(voice.energy)) / voice.rate_hz, voice.energy)
    write_stance(context, character, (0.0, 0.0), 0.0, loud, seed=2)
    world = bpy.data.worlds.new("Room")
    world.color = _WALL
    scene.world = world
    use_workbench(scene, *FILM_SIZE, close_up=True)
    face_camera(context, character, turn_deg=12.0)
    return character


def _settings(character: bpy.types.Object, spoken: Path) -> SpeechSettings:
    """The strip, or the file at the same place; the eyes' own layer blinks."""
    if has_sound():
        return SpeechSettings(character, SoundChoice("STRIP", strip=STRIP), blinks=False)
    file = SoundChoice("FILE", str(spoken))
    return SpeechSettings(character, file, start_frame=_FIRST_FRAME, blinks=False)


def _add_gaze(
    context: bpy.types.Context, character: bpy.types.Object, spoken: Path, models: ModelChoice
) -> None:
    """The character talks to whoever sees through the camera."""
    scene = context.scene
    strip, file = SoundChoice("STRIP", strip=STRIP), SoundChoice("FILE", path=str(spoken))
    choice = GazeChoice(
        character, (TargetChoice(scene.camera),), sound=strip if has_sound() else file, seed=4
    )
    job = gaze_scene.read(context, [choice], scene.frame_start, scene.frame_end, models)
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


def find_moments(clip: FaceClip) -> Moments:
    """Frames at which the mouth is most clearly open, round and shut, in order of time.

    Args:
        clip: a speaking face.

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
        found += [(kind, n) for n in _peaks(values, _STILLS // 3, clip.frame_rate_hz)]
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


def _measure(speech: Speech, moments: Moments) -> dict[str, Any]:
    clip = speech.result.clip
    moving = [name for name, curve in speech.shapes.items() if np.ptp(curve) > 0.01]
    return {
        "frames": clip.frame_count,
        "fps": FRAME_RATE,
        "moving_shapes": len(moving),
        "largest_jaw_open": round(float(_weight(clip, "jawOpen").max()), 3),
        "moments": {f"{n / FRAME_RATE:.2f} s": kind for kind, n in moments},
        "blender": bpy.app.version_string,
    }


def _write_sheet(
    context: bpy.types.Context,
    job: SpeechJob,
    speech: Speech,
    moments: Moments,
    out: Path,
) -> None:
    """Twelve mouths over the curves and the sound."""
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "8"
    stills = []
    for number, (kind, frame) in enumerate(moments):
        scene.frame_set(int(job.frames[frame]))
        label = f" {number + 1}   {frame / FRAME_RATE:.2f} s   {kind}"
        stills.append(render_pixels(scene, out.with_name(f"still_{number}.png"), label))
    chart = out.with_name("chart.png")
    clip = speech.result.clip
    render_chart(_rows(job, clip, moments), clip.duration_s, _CHART_SIZE, chart)
    save_pixels(compose_sheet(stills, _COLUMNS, take_pixels(chart)), out)


def _rows(job: SpeechJob, clip: FaceClip, moments: Moments) -> list[Row]:
    sound, times = job.sound.sound, np.arange(clip.frame_count) / clip.frame_rate_hz
    rate = sound.sample_rate_hz
    samples = sound.read(round(job.request.start_s * rate), int(clip.duration_s * rate))
    heard = Curve(np.arange(len(samples)) / rate, samples, GREY, filled=True)
    marks = [Curve(np.full(2, times[n]), np.array([-1.0, 1.0]), INK) for _, n in moments]

    def row(label: str, *channels: str) -> Row:
        colours = (BLUE, ORANGE, GREEN)
        curves = [
            Curve(times, _weight(clip, channel), colour)
            for channel, colour in zip(channels, colours, strict=False)
        ]
        return Row(label, 0.0, 1.0, curves)

    return [
        Row("voice,\nstills", -1.0, 1.0, [heard, *marks]),
        row("jaw open,\nmouth close", "jawOpen", "mouthClose"),
        row("pucker,\nfunnel", "mouthPucker", "mouthFunnel"),
        row("press,\nroll lower", "mouthPressLeft", "mouthRollLower"),
        row("smile,\nstretch", "mouthSmileLeft", "mouthStretchLeft"),
        row("brows", "browInnerUp", "browOuterUpLeft"),
    ]
