"""A thousand edits, undos and redos at random: no walk that a hand was laid on is ever touched."""

from __future__ import annotations

import hashlib
import random

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.takes import is_active_ours_alone
from tests.shared.blender.builders import make_curve

from .watched import Watched

pytestmark = pytest.mark.blender

EDITS = 10
"""For each sequence that pytest's --sequences asks for: a thousand of them."""
_HAND = "by hand"


def _laid_on(action):
    action[_HAND] = 1


def _move_key(watched, rng):
    curve = rng.choice(compat.action_fcurves(watched.take))
    rng.choice(curve.keyframe_points).co.y += 0.1


def _add_modifier(watched, rng):
    rng.choice(compat.action_fcurves(watched.take)).modifiers.new("NOISE")


def _remove_curve(watched, rng):
    bag = compat.fcurves_of(watched.rig)
    watched.rig.animation_data.action.name = f"Mine {rng.randrange(99)}"
    bag[0].mute = True


def _share(watched, rng):
    watched.take.use_fake_user = True


HANDS = (_move_key, _add_modifier, _remove_curve, _share)


def _bend(watched, rng):
    if watched.walk.path is not None and len(watched.walk.path.data.splines):
        watched.first_point.co.x += rng.uniform(-0.4, 0.4)


def _move(watched, rng):
    if watched.walk.path is not None:
        watched.walk.path.location.y = rng.uniform(-1, 1)


def _speed(watched, rng):
    watched.walk.speed = rng.choice((0.9, 1.2, 1.5))


def _playhead(watched, rng):
    bpy.context.scene.frame_set(rng.randrange(1, 60))


def _tick(watched, rng):
    watched.walk.auto_update = rng.random() < 0.8


def _empty(watched, rng):
    if watched.walk.path is not None:
        watched.walk.path.data.splines.clear()


def _delete(watched, rng):
    if watched.walk.path is not None:
        bpy.data.objects.remove(watched.walk.path)


def _another_path(watched, rng):
    watched.walk.path = make_curve(((0, 0, 0), (0.1, -1.2, 0), (0, -2, 0)), name="Other")


def _take_off(watched, rng):
    if watched.rig.animation_data is not None:
        watched.rig.animation_data.action = None


COMMON = (_bend, _move, _speed)
RARE = (_playhead, _tick, _empty, _delete, _another_path, _another_path, _take_off)


def _held() -> dict[str, bytes]:
    """What a hand was laid on, by what it holds."""
    return {each.name: _values(each) for each in bpy.data.actions if _HAND in each}


def _values(action) -> bytes:
    digest = hashlib.blake2b()
    for curve in compat.action_fcurves(action):
        values = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", values)
        digest.update(values.tobytes() + bytes((curve.mute, len(curve.modifiers))))
    return digest.digest()


def _clear_away(_watched, _rng) -> None:
    """The animator throws own work away that nothing plays: the file stays small."""
    for action in [each for each in bpy.data.actions if _HAND in each]:
        if action.users - action.use_fake_user == 0:
            bpy.data.actions.remove(action)


def _do_something(watched, rng) -> None:
    kind, path = rng.random(), watched.walk.path
    is_stuck = watched.take is None or not watched.walk.auto_update or path is None
    if kind < 0.12:
        watched.undo()
    elif kind < 0.22:
        watched.redo()
    elif kind < 0.25 and watched.take is not None and is_active_ours_alone(watched.rig, "walk"):
        rng.choice(HANDS)(watched, rng)
        _laid_on(watched.take)
        bpy.ops.ed.undo_push(message="hand")
    elif kind < (0.6 if is_stuck else 0.3):
        watched.walk.auto_update = True
        if path is None or not len(path.data.splines):
            _another_path(watched, rng)
        watched.generate()
        _clear_away(watched, rng)
    else:
        rng.choice(COMMON if rng.random() < 0.9 else RARE)(watched, rng)
        bpy.ops.ed.undo_push(message="edit")


def test_no_walk_of_a_hand_is_touched(addon, pytestconfig):
    edits = EDITS * pytestconfig.getoption("sequences")
    rng = random.Random(7)
    bpy.context.preferences.edit.undo_steps = 24
    bpy.context.scene.render.fps = 12
    watched = Watched()
    watched.walk.stand_before = watched.walk.stand_after = 0.0
    watched.walk.fingers = watched.walk.eyes = False
    watched.generate()
    hands = 0
    for number in range(edits):
        _do_something(watched, rng)
        held = _held()
        hands += bool(held)
        watched.rest(rng.choice((0.05, 0.1, 0.25)))
        now = _held()
        assert {name: now.get(name) for name in held} == held, number
    assert watched.watch.steps > 0.05 * edits
    assert hands > 0.2 * edits
