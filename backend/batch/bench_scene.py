"""The shot that a batch is timed on: ``python -m backend.batch.bench_scene FILE NAME PATH SHORT``.

One of our own people, dressed and with a face; a path of 12 m, which is ten seconds of walking, and
one of 2 m.
"""

from __future__ import annotations

import os
import sys

import bpy

import blender_addon
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import draw_person

RATE_HZ = 30
SEED = 3


def main(file: str, name: str, path: str, short: str) -> None:
    """Write the file, with these names of who walks and speaks, and of both paths."""
    blender_addon.register()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.data.scenes[0]
    scene.render.fps = RATE_HZ
    person = add_person(bpy.context, name, draw_person(SEED))
    person.name = name
    add_curve(path, [(0.0, 0.0, 0.0), (1.0, -6.0, 0.0), (0.0, -12.0, 0.0)])
    add_curve(short, [(0.0, 0.0, 0.0), (0.0, -2.0, 0.0)])
    bpy.ops.wm.save_as_mainfile(filepath=file)


def add_curve(name: str, places: list[tuple[float, float, float]]) -> None:
    """A smooth curve through these places, metres."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions = "3D"
    points = curve.splines.new("BEZIER").bezier_points
    points.add(len(places) - 1)
    for point, place in zip(points, places, strict=True):
        point.co = place
        point.handle_left_type = point.handle_right_type = "AUTO"
    bpy.data.scenes[0].collection.objects.link(bpy.data.objects.new(name, curve))


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # Blender's module may keep its process from ending
