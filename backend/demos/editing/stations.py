"""The demo's four pairs: the same character twice, once as it was and once after an edit.

All that moves comes from the extension's own walk; what is wrong with it is done to it here, as an
animator would meet it: a gap, a shaky capture, the wrong manner, a run that is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.blender.compat import assign_action, fcurves_of
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.capabilities.editing import scene as editing_scene
from blender_addon.capabilities.editing.choice import Edit, EditChoice
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.editing.clean.settings import CleanSettings
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.editing.loop.settings import LoopSettings
from blender_addon.core.editing.restyle.settings import RestyleSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome
from blender_addon.core.walk.direction import Directions
from blender_addon.core.walk.settings import Direction

from ..cast import add_actor, eyes_of

FRAME_RATE: Final = 24
SHOT_FRAMES: Final = 84
_APART_M: Final = 1.7
_WAY_M: Final = 6.5
_WALKS_M_S: Final = 1.25
_RUNS_M_S: Final = 3.0
_GAP: Final = (26, 54)
"""Frames of a shot between which no key is left."""
_JITTER: Final = 0.022
_SPIKE: Final = 0.3
_SPIKES_SHARE: Final = 0.012
_TIRED: Final = Direction(slump=0.95, arm_swing=0.25, step_width_m=0.1, bounce=1.8, hip_sway=1.8)
_RUN_RANGE: Final = (56, 94)
"""Frames of the run that are cut out: neither whole steps nor of one pose."""
_REPEATS: Final = 3


@dataclass(frozen=True, eq=False)
class Station:
    """One edit, before and after.

    Args:
        name: what is done.
        before, after: the two armatures.
        first: frame of the film at which it begins.
        outcome: of the edit.
        summary: what the extension said of it.
    """

    name: str
    before: bpy.types.Object
    after: bpy.types.Object
    first: int
    outcome: Outcome[Any]
    summary: str


def build_stations(context: bpy.types.Context, models: ModelChoice) -> list[Station]:
    """Add the four pairs to the scene, one after the other in time, each at a place of its own."""
    makers = (_fill, _clean, _restyle, _loop)
    people = ("Ada", "Tom", "Mei", "Sam")
    return [
        maker(context, _Place(name, number), models)
        for number, (maker, name) in enumerate(zip(makers, people, strict=True))
    ]


def place_of(number: int) -> tuple[float, float]:
    """Where on the floor the middle of a pair begins, metres."""
    return 12.0 * number, 0.0


@dataclass(frozen=True)
class _Place:
    """Whose pair it is, and which."""

    who: str
    number: int

    @property
    def first(self) -> int:
        """Frame of the film at which it begins."""
        return 1 + self.number * SHOT_FRAMES

    def at(self, frame: int) -> int:
        """A frame of the shot as one of the film."""
        return self.first + frame


def _pair(
    context: bpy.types.Context, place: _Place, models: ModelChoice, speed_m_s: float
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The same person twice, walking alike beside each other."""
    x, y = place_of(place.number)
    armatures = []
    for side, suffix in ((-0.5, "before"), (0.5, "after")):
        armature = add_actor(context, place.who)
        armature.name = f"{place.who} {suffix}"
        curve = _add_path(context, f"Path of {armature.name}", x + side * _APART_M, y)
        _walk(context, armature, curve, place.first, speed_m_s, models)
        armatures.append(armature)
    return armatures[0], armatures[1]


def _walk(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    curve: bpy.types.Object,
    first: int,
    speed_m_s: float,
    models: ModelChoice,
    directions: Directions | None = None,
) -> None:
    settings = WalkSettings(
        armature=armature, curve=curve, speed_m_s=speed_m_s, start_frame=first, seed=4,
        stand_before_s=0.0, stand_after_s=0.0, fingers=False, eyes=False,
        directions=directions or Directions(),
    )  # fmt: skip
    job = walk_scene.read(context, settings, models)
    walk_scene.write(context, job, job.run().result)


def _add_path(context: bpy.types.Context, name: str, x: float, y: float) -> bpy.types.Object:
    """Straight ahead, toward who looks."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(1)
    for point, along in zip(spline.points, (0.0, -2 * _WAY_M), strict=True):
        point.co = (x, y + along, 0.0, 1.0)
    curve = bpy.data.objects.new(name, data)
    context.scene.collection.objects.link(curve)
    curve.hide_render = True
    return curve


def _edit(context: bpy.types.Context, choice: EditChoice, models: ModelChoice) -> tuple[Any, str]:
    """What the button does: read, run, write; the outcome and what is said of it."""
    job = editing_scene.read(context, choice, models)
    outcome = job.run()
    written = editing_scene.write(context, job, outcome.result)
    return outcome, written.summary


def _fill(context: bpy.types.Context, place: _Place, models: ModelChoice) -> Station:
    """Two poses a second apart, far from each other: Blender slides, Fill walks."""
    before, after = _pair(context, place, models, _WALKS_M_S)
    first, last = (place.at(frame) for frame in _GAP)
    for armature in (before, after):
        _each_curve(armature, lambda curve: _remove_keys(curve, first, last))
    choice = EditChoice(
        armature=after, edit=Edit.FILL, settings=FillSettings(lock_feet=True),
        frame_range=(first + 1, last - 1),
    )  # fmt: skip
    return Station("Fill", before, after, place.first, *_edit(context, choice, models))


def _clean(context: bpy.types.Context, place: _Place, models: ModelChoice) -> Station:
    """Every channel shakes, and some frames are torn out."""
    before, after = _pair(context, place, models, _WALKS_M_S)
    for armature in (before, after):
        rng = np.random.default_rng(7)  # both are damaged alike
        _each_curve(armature, lambda curve, rng=rng: _shake(curve, rng))
    choice = EditChoice(armature=after, edit=Edit.CLEAN, settings=CleanSettings())
    return Station("Clean", before, after, place.first, *_edit(context, choice, models))


def _restyle(context: bpy.types.Context, place: _Place, models: ModelChoice) -> Station:
    """The same steps as somebody tired makes them, whose walk is the reference."""
    before, after = _pair(context, place, models, _WALKS_M_S)
    usual = _action_of(after)
    x, y = place_of(place.number)
    curve = _add_path(context, "Path of the Reference", x, y)
    tired = Directions(start=_TIRED)
    after.animation_data.action = None
    _walk(context, after, curve, place.first, 0.9, models, tired)
    reference = _action_of(after)
    reference.name, reference.use_fake_user = "Tired Walk", True
    assign_action(after, usual)
    choice = EditChoice(
        armature=after, edit=Edit.RESTYLE, settings=RestyleSettings(), reference=reference.name
    )
    return Station("Restyle", before, after, place.first, *_edit(context, choice, models))


def _action_of(armature: bpy.types.Object) -> bpy.types.Action:
    action: bpy.types.Action = armature.animation_data.action
    return action


def _loop(context: bpy.types.Context, place: _Place, models: ModelChoice) -> Station:
    """A run that is cut off, over and over: as it was cut, and as a cycle."""
    before, after = _pair(context, place, models, _RUNS_M_S)
    span = tuple(place.at(frame) for frame in _RUN_RANGE)
    choice = EditChoice(
        armature=after, edit=Edit.LOOP, settings=LoopSettings(in_place=True), frame_range=span,
        result=ResultOptions(kind=ResultKind.ACTION, replace_last=False),
    )  # fmt: skip
    outcome, summary = _edit(context, choice, models)
    _each_curve(before, lambda curve: _stay(curve, *span))
    length = outcome.result[0].clip.frame_count - 1
    start = int(after.animation_data.action.frame_range[0])
    _repeat(before, span[0], span[1], place.first)
    _repeat(after, start, start + length, place.first)
    context.scene.frame_set(place.first)
    before.location.y += float((eyes_of(after) - eyes_of(before))[1])  # beside each other
    return Station("Loop", before, after, place.first, outcome, summary)


def _each_curve(armature: bpy.types.Object, change: Callable[[bpy.types.FCurve], None]) -> None:
    for curve in fcurves_of(armature):
        change(curve)
        curve.update()


def _remove_keys(curve: bpy.types.FCurve, first: int, last: int) -> None:
    points = curve.keyframe_points
    for number in reversed(range(len(points))):
        if first < points[number].co.x < last:
            points.remove(points[number], fast=True)


def _shake(curve: bpy.types.FCurve, rng: np.random.Generator) -> None:
    """Jitter and spikes on rotations; places shake by half a centimetre."""
    turns = "rotation" in curve.data_path
    count = len(curve.keyframe_points)
    noise = rng.normal(0.0, _JITTER if turns else 0.25 * _JITTER, count)
    spiked = (rng.random(count) < _SPIKES_SHARE) & turns
    noise[spiked] += _SPIKE * rng.choice([-1.0, 1.0], spiked.sum())
    for point, by in zip(curve.keyframe_points, noise, strict=True):
        point.co.y += by
        point.handle_left.y += by
        point.handle_right.y += by


def _stay(curve: bpy.types.FCurve, first: int, last: int) -> None:
    """Take the way out of a location between two frames, as the cycle has none either."""
    if not curve.data_path.endswith("location"):
        return
    start, stop = curve.evaluate(first), curve.evaluate(last)
    slope = (stop - start) / (last - first)
    for point in curve.keyframe_points:
        by = -slope * (point.co.x - first)
        point.co.y += by
        point.handle_left.y += by
        point.handle_right.y += by


def _repeat(armature: bpy.types.Object, first: int, last: int, at: int) -> None:
    """Let a piece of the action play over and over from a frame on."""
    data = armature.animation_data
    action = data.action
    data.action = None
    strip = data.nla_tracks.new().strips.new("Again and Again", at, action)
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start = at
    strip.repeat = max(_REPEATS, SHOT_FRAMES / (last - first))
