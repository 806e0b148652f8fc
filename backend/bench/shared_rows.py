"""What is measured of the product as a whole: keys, loading, enabling, its size, stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from .loading import import_seconds
from .product import enable_over_import, enable_seconds, largest_zip_mb, newest_zip
from .report import Figures, Row, Section
from .setting import NEEDS_BPY, BenchSetting
from .timing import Timing

if TYPE_CHECKING:
    import bpy

    from .keys import Rotations

NEEDS_ZIP = "no zip in dist/: build.py zip"


def measure_shared(setting: BenchSetting, stopped: Mapping[str, Callable[[], float]]) -> Figures:
    """The figures that belong to no capability.

    Args:
        setting: how, and for how long.
        stopped: takes the seconds until the jobs of a capability have ended, by its name.
    """
    return Figures(
        {
            Section.STEP: lambda: _key_rows(setting),
            Section.LOAD: _import_rows,
            Section.PRODUCT: (lambda: _product_rows(setting)) if setting.has_blender else tuple,
            Section.RATIO: lambda: [_enable_row(setting), cancel_row(stopped)],
        }
    )


def _import_rows() -> list[Row]:
    return [Row("onnxruntime_import_s", "import of onnxruntime", import_seconds(), "s")]


def _key_rows(setting: BenchSetting) -> list[Row]:
    timings: dict[str, Timing] = {}
    missing = NEEDS_BPY
    if setting.has_blender:
        from .keys import time_keys

        timings, missing = time_keys(write_keys, setting.seconds), ""
    ours, slow = (
        timings[name].median_ms if timings else None for name in ("ours", "keyframe_insert")
    )
    key, by_one = "keys_60x600_ms", "keys_60x600_keyframe_insert_ms"
    return [
        Row(key, "keys, 60 bones × 600 frames", ours, "ms", 50.0, note=missing),
        Row(by_one, "  by keyframe_insert", slow, "ms", None, key, missing),
    ]


def write_keys(armature: bpy.types.Object, rotations: Rotations) -> None:
    """Exactly what the extension does with a clip's rotations."""
    from blender_addon.blender.keys.keyframes import rotation_channels, write_action

    frames = np.arange(len(rotations), dtype=np.float32)
    channels = []
    for number, bone in enumerate(armature.pose.bones):
        prefix = f'pose.bones["{bone.name}"].'
        channels += rotation_channels(prefix, "QUATERNION", frames, rotations[:, number], bone.name)
    write_action(armature, "bench", channels)


def _product_rows(setting: BenchSetting) -> list[Row]:
    from backend.people.bench import people_rows

    package, note = newest_zip(), "" if newest_zip() else NEEDS_ZIP
    enabled = enable_seconds(package) if package else {}
    if enabled:
        note = f"the first time, with Blender unpacking the library, {enabled['first']:.2f} s"
    return [
        Row("enable_addon_s", "switching it on", enabled.get("median"), "s", 0.3, note=note),
        Row("zip_mb", "largest zip", largest_zip_mb(), "MB", 60.0, note="" if package else note),
        *people_rows(setting),
    ]


def _enable_row(setting: BenchSetting) -> Row:
    key, title = "enable_over_import", "registering the extension over importing onnxruntime"
    if not setting.has_blender:
        return Row(key, title, None, "×", 6.0, note=NEEDS_BPY)
    return Row(key, title, enable_over_import(1 if setting.is_short else 5), "×", 6.0)


def cancel_row(stopped: Mapping[str, Callable[[], float]]) -> Row:
    """Of all capabilities the one that goes on for longest."""
    key, title = "cancel_s", "from being told to stop until a job has ended, at most"
    if not stopped:
        return Row(key, title, None, "s", 0.3, note=NEEDS_BPY)
    took = {name: cancel_s() for name, cancel_s in stopped.items()}
    note = ", ".join(f"{name} {value:.2f}" for name, value in took.items())
    return Row(key, title, max(took.values()), "s", 0.3, note=note)
