"""How long people take to be added, and how large the file is that they come from."""

from __future__ import annotations

import time
from statistics import median

import bpy

from backend.bench.report import Row
from backend.bench.setting import BenchSetting
from blender_addon.demo_character.human import FOLDER

_CROWD = 50


def people_rows(setting: BenchSetting) -> list[Row]:
    """One person, a crowd, and the file."""
    note = "left out of a short run" if setting.is_short else ""
    crowd_s = None if setting.is_short else crowd_seconds(_CROWD)
    size_mb = sum(file.stat().st_size for file in FOLDER.iterdir()) / 1e6
    return [
        Row("add_character_s", "adding a person", person_seconds(2 if note else 7), "s", 1.5),
        Row("crowd_50_s", "adding 50 people", crowd_s, "s", 20.0, note=note),
        Row("character_file_mb", "the file that people come from", size_mb, "MB", 3.0),
    ]


def person_seconds(count: int) -> float:
    """Median over different people, each in an empty file."""
    from blender_addon.demo_character.builder import add_person
    from blender_addon.demo_character.person import draw_person

    took = []
    for seed in range(count):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        started = time.perf_counter()
        add_person(bpy.context, "", draw_person(seed))
        _update()
        took.append(time.perf_counter() - started)
    return median(took)


def crowd_seconds(count: int) -> float:
    """A crowd in an empty file."""
    from blender_addon.demo_character.crowd import add_crowd
    from blender_addon.demo_character.traits import CrowdSettings

    bpy.ops.wm.read_factory_settings(use_empty=True)
    started = time.perf_counter()
    for _ in add_crowd(bpy.context, 0, CrowdSettings(count=count)):
        pass
    _update()
    return time.perf_counter() - started


def _update() -> None:
    layer = bpy.context.view_layer
    if layer is not None:
        layer.update()
