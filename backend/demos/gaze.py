"""The gaze demo: two characters talk across a table; one speaks, one listens, then they change
over.

Writes gaze.blend, gaze.mp4 (with sound), gaze.png and gaze.json. The voices are a speech
synthesiser's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.job import CharacterGaze, Gaze
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.sound.waveform import WavSound

from .chart import BLUE, GREY, INK, ORANGE, Curve, Row, render_chart
from .common import about_run, make_files, tell
from .conversation import FRAME_RATE, NAMES, Conversation, build_conversation, cut_between
from .film import has_sound, render_film, use_workbench
from .pixels import compose_sheet, render_pixels, save_pixels, take_pixels
from .scene import show_in_viewports

FILES: Final = ("gaze.json", "gaze.blend", "gaze.mp4", "gaze.png")
FILM_SIZE: Final = (896, 504)
_STILLS, _COLUMNS = 12, 6
_STILL_SIZE: Final = (240, 200)
_CHART_SIZE: Final = (_COLUMNS * _STILL_SIZE[0], 560)
_CUP_WEIGHT: Final = 0.15
_SEEDS: Final = (2, 5)
# When the film cuts (seconds), and to which camera: 0 both, 1 the first character, 2 the second.
_CUTS: Final = ((0.0, 0), (2.5, 1), (6.5, 2), (10.0, 1), (13.0, 2), (17.0, 0))


def add_options(_parser: argparse.ArgumentParser) -> None:
    """This demo has no options of its own."""


def run(out: Path, models: ModelChoice | None = None) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.

    Returns:
        What gaze.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice()))
    tell("%s in %s", ", ".join(FILES), out)
    for name, measured in report["characters"].items():
        tell("%s: %s", name, ", ".join(f"{key} {value}" for key, value in measured.items()))
    return report


def _make(folder: Path, models: ModelChoice) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    scene = context.scene
    talk = build_conversation(context)
    tell("scene built")
    job = gaze_scene.read(context, _choices(talk), 1, talk.frame_count, models)
    outcome = job.run()
    gaze = outcome.result
    gaze_scene.write(context, job, gaze)
    tell("gaze of %d characters for %d frames", len(NAMES), talk.frame_count)
    use_workbench(scene, *FILM_SIZE, close_up=True)
    cut_between(scene, [(1 + round(s * FRAME_RATE), talk.cameras[n]) for s, n in _CUTS])
    show_in_viewports()
    for sound in bpy.data.sounds:
        sound.pack()  # the file can be moved anywhere
    bpy.ops.wm.save_as_mainfile(
        filepath=str(folder / "gaze.blend"), check_existing=False, compress=True
    )
    tell("scene saved; the film takes a while")
    render_film(scene, folder / "gaze.mp4", sound=True)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    _write_sheet(context, talk, gaze, folder / "gaze.png")
    return {**_measure(talk, gaze), **about_run(outcome)}


def _choices(talk: Conversation) -> list[GazeChoice]:
    """Each looks at the other and, now and then, at the cup."""
    choices = []
    for own, other in ((0, 1), (1, 0)):
        voices = [_voice(talk, n) for n in (own, other)]
        choices.append(
            GazeChoice(
                talk.characters[own],
                (
                    TargetChoice(talk.characters[other]),
                    TargetChoice(talk.cup, "OBJECT", weight=_CUP_WEIGHT),
                ),
                sound=voices[0],
                partner_sound=voices[1],
                seed=_SEEDS[own],
            )
        )
    return choices


def _voice(talk: Conversation, number: int) -> SoundChoice:
    if has_sound():
        return SoundChoice("STRIP", strip=f"{NAMES[number]} speaks")
    return SoundChoice("FILE", path=str(talk.voices[number]))


def _measure(talk: Conversation, gaze: Gaze) -> dict[str, Any]:
    return {
        "frames": talk.frame_count,
        "fps": FRAME_RATE,
        "characters": {
            name: _count(character) for name, character in zip(NAMES, gaze.characters, strict=True)
        },
        "voices": "speech synthesiser eSpeak NG",
        "blender": bpy.app.version_string,
    }


def _count(character: CharacterGaze) -> dict[str, Any]:
    """Shares and rates of one character."""
    clip, seen = character.result.clip, character.result.fixations
    minutes = clip.duration_s / 60.0
    at_partner = float(seen.duration_s[seen.target == 0].sum() / seen.duration_s.sum())
    roles = np.bincount(character.roles, minlength=len(ROLES)) / len(character.roles)
    return {
        **{role: round(float(share), 3) for role, share in zip(ROLES, roles, strict=False)},
        "partner_share": round(at_partner, 3),
        "fixations_per_minute": round(len(seen.onset_s) / minutes, 1),
        "blinks_per_minute": round(len(character.result.blink_times_s) / minutes, 1),
        "largest_head_share_deg": round(float(np.rad2deg(np.abs(clip.head_offset_rad)).max()), 1),
    }


def _write_sheet(context: bpy.types.Context, talk: Conversation, gaze: Gaze, out: Path) -> None:
    """Twelve moments of both faces over the curves and the voices."""
    stills = []
    for number, second in enumerate(_moments(talk, gaze)):
        row = number // _COLUMNS
        stills.append(_still(context, talk, row, second, out.with_name(f"still_{number}.png")))
    chart = out.with_name("chart.png")
    render_chart(_rows(talk, gaze), talk.frame_count / FRAME_RATE, _CHART_SIZE, chart)
    save_pixels(compose_sheet(stills, _COLUMNS, take_pixels(chart)), out)


def _moments(talk: Conversation, gaze: Gaze) -> list[float]:
    """Seconds of the stills: even parts of the talk for each character, at rest of the gaze."""
    seconds = []
    for character in gaze.characters:
        seen = character.result.fixations
        middles = seen.onset_s + 0.5 * seen.duration_s
        desired = (np.arange(_COLUMNS) + 0.5) * talk.frame_count / FRAME_RATE / _COLUMNS
        seconds += [float(middles[np.argmin(np.abs(middles - s))]) for s in desired]
    return seconds


def _still(
    context: bpy.types.Context, talk: Conversation, character: int, second: float, file: Path
) -> Any:
    scene = context.scene
    scene.timeline_markers.clear()
    scene.camera = talk.cameras[1 + character]
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "8"
    scene.frame_set(1 + round(second * FRAME_RATE))
    return render_pixels(scene, file, f" {NAMES[character]}   {second:.1f} s")


def _rows(talk: Conversation, gaze: Gaze) -> list[Row]:
    rows = []
    for name, voice, character in zip(NAMES, talk.voices, gaze.characters, strict=True):
        sound = WavSound(voice)
        samples = sound.read(0, int(sound.duration_s * sound.sample_rate_hz))
        heard = Curve(np.arange(len(samples)) / sound.sample_rate_hz, samples, GREY, filled=True)
        rows.append(Row(f"{name}\nvoice", -1.0, 1.0, [heard]))
        rows += _gaze_rows(name, character)
    return rows


def _gaze_rows(name: str, character: CharacterGaze) -> Sequence[Row]:
    clip = character.result.clip
    times = np.arange(clip.frame_count) / clip.frame_rate_hz
    eyes = np.rad2deg(clip.eyes_rad.mean(axis=1))
    head = np.rad2deg(clip.head_offset_rad)
    return [
        Row(
            f"{name}\n{axis} of eyes,\nof head (°)",
            -35.0,
            35.0,
            [Curve(times, eyes[:, n], BLUE), Curve(times, head[:, n], ORANGE)],
        )
        for n, axis in enumerate(("yaw", "pitch"))
    ] + [Row(f"{name}\nlids", 0.0, 1.0, [Curve(times, clip.blinks, INK)])]
