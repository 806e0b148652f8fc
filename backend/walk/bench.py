"""How fast walking is, for the bench."""

from __future__ import annotations

from pathlib import Path

from backend.bench.loading import load_seconds
from backend.bench.report import Batches, Figures, Row, Section
from backend.bench.setting import CPU, NEEDS_BPY, NEEDS_TORCH, BenchSetting
from backend.bench.timing import Timing
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession

from .bench_ratios import (
    CROWDS,
    LONG_MINUTES,
    crowd_kb_per_frame,
    crowd_over_step,
    frame_over_step,
    long_over_short,
)
from .bench_walk import CROWD, make_hills, time_batches, time_crowd, time_steps, time_walk


def measure(setting: BenchSetting) -> Figures:
    """Whole walks, the network's steps, walking in Blender, and ratios between them.

    Raises:
        ModelError: the model cannot be loaded.
        ProviderError: the provider is not available.
    """
    model = find_model("locomotion", setting.models)
    session, *others = (
        ModelSession(model, [provider], setting.models.threads)
        for provider in dict.fromkeys((setting.provider, CPU))
    )
    return Figures(
        {
            Section.STEP: lambda: [
                *_walk_rows(session, setting.seconds),
                *_step_rows(session, model, setting),
            ],
            Section.LOAD: lambda: _load_rows(model, setting.provider),
            Section.PRODUCT: lambda: _product_rows(setting),
            Section.RATIO: lambda: _ratio_rows(session, setting.is_short),
        },
        batches=lambda: [_batches([session, *others], setting.seconds)],
        extra={"provider_report": session.provider_report},
        cancel_s=(lambda: _cancel_seconds(setting)) if setting.has_blender else None,
    )


def _walk_rows(session: ModelSession, seconds: float) -> list[Row]:
    rows = []
    walk, frames = time_walk(session, FlatTerrain(), seconds)
    value, note = walk.median_ms / frames, f"{frames / 60.0 / walk.median_s:.0f} × real time"
    rows.append(Row("locomotion_frame_ms", "walk, a frame", value, "ms", 0.5, note=note))
    walk, frames = time_walk(session, make_hills(), seconds)
    title = "walk over hills, a frame"
    rows.append(Row("locomotion_frame_hills_ms", title, walk.median_ms / frames, "ms"))
    crowd, frames = time_crowd(session, seconds)
    title, value = f"{CROWD} characters, a character-frame", 1e6 * crowd.median_s / frames
    rows.append(Row("crowd256_us_per_character_frame", title, value, "µs", 40.0))
    return rows


def _step_rows(session: ModelSession, model: Path, setting: BenchSetting) -> list[Row]:
    steps = time_steps(session, model, setting.models.threads, setting.seconds)
    key, missing = "locomotion_step_ms", "" if "torch" in steps else NEEDS_TORCH
    einsum, torch = _ms(steps, "einsum"), _ms(steps, "torch")
    return [
        Row(key, "network step", _ms(steps, "ours"), "ms", 0.15),
        Row(
            "locomotion_step_einsum_ms", "  exported from einsum", einsum, "ms", None, key, missing
        ),
        Row("locomotion_step_torch_ms", "  in PyTorch", torch, "ms", None, key, missing),
        Row("product_ms", "  its bare products in NumPy", _ms(steps, "product"), "ms", None, key),
    ]


def _ms(timings: dict[str, Timing], name: str) -> float | None:
    return timings[name].median_ms if name in timings else None


def _load_rows(model: Path, provider: str) -> list[Row]:
    return [Row("model_load_s", "model load", load_seconds(model, provider), "s", 0.2)]


def _cancel_seconds(setting: BenchSetting) -> float:
    from .bench_scene import cancel_seconds

    return cancel_seconds(setting.models)


def _product_rows(setting: BenchSetting) -> list[Row]:
    key, unit, least = "live_drive_hz", "Hz", 60.0
    if not setting.has_blender:
        drive = Row(key, "live drive", None, unit, least, note=NEEDS_BPY, at_least=True)
        follows = Row("auto_update_s", "Auto Update", None, "s", 0.5, note=NEEDS_BPY)
        return [drive, follows]
    from .bench_scene import auto_update_seconds, drive_hz, rigify_seconds

    hz, bones = drive_hz(setting.models, setting.seconds)
    title = f"live drive, shown on {bones} bones, steps a second"
    drive = Row(key, title, hz, unit, least, at_least=True)
    took, bones = rigify_seconds(setting.models)
    title = f"10 s of walking on Rigify's human, {bones} bones, keys included"
    rigify = Row("generate_rigify_10s_s", title, took, "s", 1.5)
    title = "from a path's last change until the new walk of 10 s is there"
    follows = Row("auto_update_s", title, auto_update_seconds(setting.models), "s", 0.5)
    return [drive, rigify, follows, *_click_rows()]


def _click_rows() -> list[Row]:
    from .bench_scene import AT_ONCE, BY_HAND, clicks_to_walk

    key, title = "clicks_to_walk", "clicks from an empty scene to somebody who walks, by Try It"
    by_hand = "  by the buttons of the panels"
    return [
        Row(key, title, clicks_to_walk(AT_ONCE), "", 1.0),
        Row(f"{key}_by_hand", by_hand, clicks_to_walk(BY_HAND), "", 4.0),
    ]


def _ratio_rows(session: ModelSession, small: bool) -> list[Row]:
    minutes = 0.1 if small else LONG_MINUTES
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


def _batches(sessions: list[ModelSession], seconds: float) -> Batches:
    found = time_batches(sessions, seconds)
    return Batches(
        "step_batches",
        "One step of many characters, µs a character",
        {
            provider: {batch: timing.median_ms for batch, timing in sizes.items()}
            for provider, sizes in found.items()
        },
    )
