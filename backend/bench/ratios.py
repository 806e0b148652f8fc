"""Ratios: what the extension's own code costs next to what it cannot do without.

Each is measured in turns with what it is compared with, so that it holds on a busy machine.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from backend.walk.bench_ratios import (
    CROWDS,
    LONG_MINUTES,
    crowd_kb_per_frame,
    crowd_over_step,
    frame_over_step,
    long_over_short,
)
from blender_addon.core.inference.session import ModelSession

from .report import Row

NEEDS_BPY = "bpy is not installed here"
_LEAST_SECONDS = 1.0
"""Whoever measures for less only looks whether everything runs: sizes are then small."""


def walk_ratios(session: ModelSession, seconds: float) -> list[Row]:
    """Rows of the walk.

    Args:
        session: a locomotion model.
        seconds: about how long each figure is measured.
    """
    small = seconds < _LEAST_SECONDS
    minutes = 0.5 if small else LONG_MINUTES
    each = {size: crowd_over_step(session, size) for size in (CROWDS[:1] if small else CROWDS)}
    sizes = ", ".join(f"{ratio:.2f} for {size}" for size, ratio in each.items())
    frame, long = frame_over_step(session), long_over_short(session, minutes)
    memory = crowd_kb_per_frame(session, CROWDS[0] if small else CROWDS[1])
    return [
        Row("crowd_over_step", "a crowd's frame over the network's step, a character",
            max(each.values()), "×", 3.0, note=sizes),
        Row("frame_over_step", "one character's frame over the network's step", frame, "×", 2.5),
        Row("long_over_short", f"a frame of a walk of {minutes:g} minutes over one of 10 s",
            long, "×", 1.2),
        Row("crowd_kb_per_frame", "memory of a crowd, a character-frame", memory, "kB", 1.0),
    ]  # fmt: skip


def blender_ratios(folder: Path, provider: str, threads: int | None, seconds: float) -> list[Row]:
    """Rows of what needs Blender; without values where it is not installed.

    Args:
        folder: of the models.
        provider, threads: how they are run.
        seconds: about how long each figure is measured.
    """
    rows = (
        ("gaze_64_over_1", "gaze of 64 characters over that of one, keys included", "×", 16.0),
        ("enable_over_import", "registering the extension over importing onnxruntime", "×", 6.0),
        ("cancel_s", "from being told to stop until a job has ended, at most", "s", 0.3),
    )
    if find_spec("bpy") is None:
        return [
            Row(key, title, None, unit, most, note=NEEDS_BPY) for key, title, unit, most in rows
        ]
    from blender_addon.core.inference.choice import ModelChoice

    from .cancel_jobs import cancel_seconds
    from .faces import many_over_one
    from .product import enable_over_import

    models = ModelChoice(folder, (provider,), threads)
    turns = 1 if seconds < _LEAST_SECONDS else 3
    stopped = cancel_seconds(models)
    values = many_over_one(models, turns), enable_over_import(2 * turns - 1), max(stopped.values())
    notes = "", "", ", ".join(f"{name} {value:.2f}" for name, value in stopped.items())
    return [
        Row(key, title, value, unit, most, note=note)
        for (key, title, unit, most), value, note in zip(rows, values, notes, strict=True)
    ]
