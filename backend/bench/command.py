"""``python -m backend bench``: how fast everything runs, next to other ways of doing it."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from backend.walk.bench_walk import (
    CROWD,
    make_hills,
    time_batches,
    time_crowd,
    time_loading,
    time_steps,
    time_walk,
)
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import ModelSession

from .ratios import blender_ratios, walk_ratios
from .report import Report, Row, describe_machine, print_report
from .timing import Timing

if TYPE_CHECKING:
    import bpy

    from .keys import Rotations

CPU = "CPUExecutionProvider"
MODEL = Path(__file__).resolve().parents[2] / "onnx_models" / "locomotion_biped.onnx"
_MANY_KEY = "gaze_minute_64_characters_s"
NEEDS_TORCH = "torch is not installed here"
NEEDS_BPY = "bpy is not installed here"
NEEDS_ZIP = "no zip in dist/: build.py zip"

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option("--provider", default=CPU, show_default=True, help="Execution provider to time.")
@click.option("--onnx", "model", type=click.Path(path_type=Path), default=MODEL, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1), help="Threads for one run; two where there are two cores."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.01),
    default=3.0,
    show_default=True,
    help="About how long each figure is measured.",
)
def command(
    json_path: Path | None, provider: str, model: Path, threads: int | None, seconds: float
) -> None:
    """Time the runtime, and print it next to other ways of doing the same."""
    report = bench(model, provider, threads, seconds)
    print_report(report, Console())
    if json_path is not None:
        report.write(json_path)
        _log.info("wrote %s", json_path)


def bench(model: Path, provider: str, threads: int | None, seconds: float) -> Report:
    """Take every figure.

    Args:
        model: a locomotion model.
        provider: execution provider of our figures; others run on the CPU.
        threads: for one run of a network; None lets the session decide.
        seconds: about how long each figure is measured.

    Returns:
        The figures; those that need torch or bpy are None where it is not installed.

    Raises:
        ModelError: the model cannot be loaded.
        ProviderError: the provider is not available.
    """
    machine = describe_machine()
    session = ModelSession(model, [provider], threads)
    others = [] if provider == CPU else [ModelSession(model, [CPU], threads)]
    report = Report()
    _add_walks(report, session, seconds)
    _add_steps(report, session, model, threads, seconds)
    _add_keys(report, seconds)
    _add_loading(report, model, provider)
    _add_faces(report, model.parent, provider, threads, seconds)
    _add_product(report, model.parent, provider, threads, seconds)
    report.rows += walk_ratios(session, seconds)
    report.rows += blender_ratios(model.parent, provider, threads, seconds)
    batches = time_batches([session, *others], seconds)
    report.extra = {
        "step_batches": {
            name: {str(batch): timing.median_ms for batch, timing in sizes.items()}
            for name, sizes in batches.items()
        },
        "provider": session.provider,
        "provider_report": session.provider_report,
        "threads": threads,
        "machine": machine,
    }
    return report


def _add_walks(report: Report, session: ModelSession, seconds: float) -> None:
    walk, frames = time_walk(session, FlatTerrain(), seconds)
    report.rows.append(
        Row(
            "locomotion_frame_ms", "walk, a frame", walk.median_ms / frames, "ms", 0.5,
            note=f"{frames / 60.0 / walk.median_s:.0f} × real time",
        )
    )  # fmt: skip
    walk, frames = time_walk(session, make_hills(), seconds)
    title = "walk over hills, a frame"
    report.rows.append(Row("locomotion_frame_hills_ms", title, walk.median_ms / frames, "ms"))
    crowd, frames = time_crowd(session, seconds)
    value = 1e6 * crowd.median_s / frames
    title = f"{CROWD} characters, a character-frame"
    report.rows.append(Row("crowd256_us_per_character_frame", title, value, "µs", 40.0))


def _add_steps(
    report: Report, session: ModelSession, model: Path, threads: int | None, seconds: float
) -> None:
    steps = time_steps(session, model, threads, seconds)
    key, missing = "locomotion_step_ms", "" if "torch" in steps else NEEDS_TORCH
    einsum, torch = _ms(steps, "einsum"), _ms(steps, "torch")
    report.rows += [
        Row(key, "network step", _ms(steps, "ours"), "ms", 0.15),
        Row(
            "locomotion_step_einsum_ms", "  exported from einsum", einsum, "ms", None, key, missing
        ),
        Row("locomotion_step_torch_ms", "  in PyTorch", torch, "ms", None, key, missing),
        Row("product_ms", "  its bare products in NumPy", _ms(steps, "product"), "ms", None, key),
    ]


def _add_keys(report: Report, seconds: float) -> None:
    timings, missing = {}, NEEDS_BPY
    if find_spec("bpy") is not None:
        from .keys import time_keys

        timings, missing = time_keys(write_keys, seconds), ""
    key, slow = "keys_60x600_ms", _ms(timings, "keyframe_insert")
    report.rows += [
        Row(key, "keys, 60 bones × 600 frames", _ms(timings, "ours"), "ms", 50.0, note=missing),
        Row(
            "keys_60x600_keyframe_insert_ms", "  by keyframe_insert", slow, "ms", None, key, missing
        ),
    ]


def _add_faces(
    report: Report, folder: Path, provider: str, threads: int | None, seconds: float
) -> None:
    """Gaze and speech with the models beside the walking one."""
    if find_spec("bpy") is None:
        report.rows.append(Row("gaze_minute_s", "gaze, a minute", None, "s", 0.3, note=NEEDS_BPY))
        return
    from blender_addon.core.inference.choice import ModelChoice
    from blender_addon.core.inference.model_list import find_model

    from .faces import MANY, peak_megabytes, time_gaze, time_speech

    models = ModelChoice(folder, (provider,), threads)
    repeats = max(round(2 * seconds), 1)
    for count, key, target in ((1, "gaze_minute_s", 0.3), (MANY, _MANY_KEY, 2.0)):
        took = time_gaze(count, models, repeats if count == 1 else 1)
        title = f"gaze, a minute at 60 Hz, {count} character{'s' if count > 1 else ''}"
        note = f"of that keys {took['write']:.2f} s; reading the scene took {took['read']:.2f} s"
        report.rows.append(Row(key, title, took["run"] + took["write"], "s", target, note=note))
    took = time_speech(models, repeats)
    note = f"of that keys {took['write']:.2f} s"
    total = took["run"] + took["write"]
    report.rows.append(Row("speech_minute_s", "speech, a minute", total, "s", 1.0, note=note))
    peaks = peak_megabytes((1, 60), find_model("speech_face", models))
    report.rows += [
        Row("speech_peak_mb", "speech, peak memory, 1 minute", peaks[1], "MB"),
        Row("speech_peak_60_minutes_mb", "speech, peak memory, 60 minutes", peaks[60], "MB"),
    ]


def _add_product(
    report: Report, folder: Path, provider: str, threads: int | None, seconds: float
) -> None:
    """What an animator waits for."""
    if find_spec("bpy") is None:
        report.rows.append(
            Row("live_drive_hz", "live drive", None, "Hz", 60.0, note=NEEDS_BPY, at_least=True)
        )
        return
    from backend.walk.bench_live import drive_hz
    from blender_addon.core.inference.choice import ModelChoice

    from .product import enable_seconds, largest_zip_mb, newest_zip, rigify_seconds

    models = ModelChoice(folder, (provider,), threads)
    hz, bones = drive_hz(models, seconds)
    title = f"live drive, shown on {bones} bones, steps a second"
    report.rows.append(Row("live_drive_hz", title, hz, "Hz", 60.0, at_least=True))
    took, bones = rigify_seconds(models)
    title = f"10 s of walking on Rigify's human, {bones} bones, keys included"
    report.rows.append(Row("generate_rigify_10s_s", title, took, "s", 1.5))
    package, note = newest_zip(), "" if newest_zip() else NEEDS_ZIP
    enabled = enable_seconds(package) if package else {}
    if enabled:
        note = f"the first time, with Blender unpacking the library, {enabled['first']:.2f} s"
    report.rows += [
        Row("enable_addon_s", "switching it on", enabled.get("median"), "s", 0.3, note=note),
        Row("zip_mb", "largest zip", largest_zip_mb(), "MB", 60.0, note="" if package else note),
    ]


def write_keys(armature: bpy.types.Object, rotations: Rotations) -> None:
    """Exactly what the extension does with a clip's rotations."""
    import numpy as np

    from blender_addon.blender.keys.keyframes import rotation_channels, write_action

    frames = np.arange(len(rotations), dtype=np.float32)
    channels = []
    for number, bone in enumerate(armature.pose.bones):
        prefix = f'pose.bones["{bone.name}"].'
        channels += rotation_channels(prefix, "QUATERNION", frames, rotations[:, number], bone.name)
    write_action(armature, "bench", channels)


def _add_loading(report: Report, model: Path, provider: str) -> None:
    imported, loaded = time_loading(model, provider)
    report.rows += [
        Row("model_load_s", "model load", loaded, "s", 0.2),
        Row("onnxruntime_import_s", "import of onnxruntime", imported, "s"),
    ]


def _ms(timings: dict[str, Timing], name: str) -> float | None:
    return timings[name].median_ms if name in timings else None
