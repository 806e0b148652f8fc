"""How fast speech is and what memory it takes, for the bench."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from backend.bench.report import Figures, Row, Section
from backend.bench.setting import BenchSetting
from backend.processes import run_limited
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.opening import open_models

from .bench_hearing import encoder_over_windows, encoder_seconds

_LIMIT_S = 1800.0  # many times what it takes


def measure(setting: BenchSetting) -> Figures:
    """What hearing costs; in Blender a minute of speech, and the memory of short and long ones."""
    hearing = {
        Section.STEP: lambda: [_encoder_row(setting)],
        Section.RATIO: lambda: [_encoder_ratio(setting)],
    }
    if not setting.has_blender:
        return Figures(hearing)
    from .bench_scene import cancel_seconds

    return Figures(
        {**hearing, Section.MINUTE: lambda: _minute_rows(setting)},
        cancel_s=lambda: cancel_seconds(setting.models),
    )


def _encoder_row(setting: BenchSetting) -> Row:
    [session] = open_models(["speech_encoder"], setting.models)
    value = encoder_seconds(session, setting.seconds)
    return Row("speech_encoder_minute_s", "speech, vectors of a minute", value, "s", 0.6)


def _encoder_ratio(setting: BenchSetting) -> Row:
    [session] = open_models(["speech_encoder"], setting.models)
    value = encoder_over_windows(session, 1 if setting.is_short else 5)
    title = "vectors of a minute over the bare runs of its windows"
    return Row("encoder_over_windows", title, value, "×", 1.5)


def _minute_rows(setting: BenchSetting) -> list[Row]:
    from .bench_scene import time_speech

    took = time_speech(setting.models, setting.repeats)
    note = f"of that keys {took['write']:.2f} s"
    total = took["run"] + took["write"]
    peaks = peak_megabytes((1, 60), find_model("speech_face", setting.models).parent)
    varied = replace(setting.models, names={"speech_face": "speech_face_diffusion"})
    drawn = time_speech(varied, setting.repeats)
    return [
        Row("speech_minute_s", "speech, a minute", total, "s", 1.0, note=note),
        Row(
            "speech_varied_minute_s",
            "speech drawn by diffusion, a minute",
            drawn["run"] + drawn["write"],
            "s",
            2.5,
        ),
        Row("speech_peak_mb", "speech, peak memory, 1 minute", peaks[1], "MB"),
        Row("speech_peak_60_minutes_mb", "speech, peak memory, 60 minutes", peaks[60], "MB"),
    ]


def peak_megabytes(minutes: Sequence[float], folder: Path) -> dict[float, float]:
    """Largest memory of a process that makes so many minutes of speech, without Blender."""
    found = {}
    for length in minutes:
        command = [sys.executable, "-m", "backend.speech.bench_memory", str(length), str(folder)]
        answer = run_limited(command, _LIMIT_S)
        answer.check_returncode()
        found[length] = float(answer.stdout.split()[-1])
    return found
