"""How fast four-legged animals are, for the bench."""

from __future__ import annotations

from backend.bench.loading import load_seconds
from backend.bench.report import Figures, Row, Section
from backend.bench.setting import NEEDS_TORCH, BenchSetting
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession

from .bench_animals import HERD, time_animal, time_forms, time_herd

_STEP_MS = 0.15
_FRAME_MS = 0.8
_HERD_US = 60.0


def measure(setting: BenchSetting) -> Figures:
    """Whole ways, the network's steps alone and beside other forms of it, a herd.

    Raises:
        ModelError: the model cannot be loaded.
        ProviderError: the provider is not available.
    """
    model = find_model("quadruped", setting.models)
    session = ModelSession(model, [setting.provider], setting.models.threads)
    return Figures(
        {
            Section.STEP: lambda: [
                *_way_rows(session, setting),
                *_step_rows(session, setting, 1),
                *_step_rows(session, setting, HERD),
            ],
            Section.LOAD: lambda: [
                Row(
                    "quadruped_load_s", "quadruped model load",
                    load_seconds(model, setting.provider), "s", 0.2,
                )
            ],
        },
    )  # fmt: skip


def _way_rows(session: ModelSession, setting: BenchSetting) -> list[Row]:
    timing, frames = time_animal(session, setting.seconds)
    one = timing.median_ms / frames
    size = 8 if setting.is_short else HERD
    timing, frames = time_herd(session, setting.seconds, size)
    herd = 1e6 * timing.median_s / frames
    return [
        Row("quadruped_frame_ms", "animal, path to clip, a frame", one, "ms", _FRAME_MS),
        Row(
            "herd256_us_per_animal_frame", f"herd of {size}, an animal-frame", herd, "µs", _HERD_US
        ),
    ]


_FORMS = {
    "einsum": "  exported from einsum",
    "blended": "  exported with weights blended first",
    "torch": "  in PyTorch",
}


def _step_rows(session: ModelSession, setting: BenchSetting, batch: int) -> list[Row]:
    found = time_forms(session, setting, batch)
    if batch == 1:
        name, unit, scale, target = "step", "ms", 1e3, _STEP_MS
        title = "quadruped network step"
    else:
        name, unit, scale, target = f"step{batch}", "us", 1e6 / batch, None
        title = f"quadruped network step of {batch} animals, an animal"
    key, shown = f"quadruped_{name}_{unit}", unit.replace("us", "µs")
    rows = [Row(key, title, found["ours"].median_s * scale, shown, target)]
    for form, told in _FORMS.items():
        value = found[form].median_s * scale if form in found else None
        note = "" if form in found else NEEDS_TORCH
        own = f"quadruped_{name}_{form}_{unit}"
        rows.append(Row(own, told, value, shown, None, key, note))
    return rows
