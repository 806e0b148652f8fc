"""A thousand edits, undos and redos at random: no walk that a hand was laid on is ever touched."""

from __future__ import annotations

import random

import bpy
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.fingerprint import fingerprint
from blender_addon.blender.keys.takes import is_active_ours_alone
from tests.shared.blender.builders import make_curve

from .watched import Watched

pytestmark = pytest.mark.blender

EDITS = 1_000
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


def _held() -> dict[str, str]:
    """What a hand was laid on, by what it holds."""
    return {each.name: fingerprint(each) for each in bpy.data.actions if _HAND in each}


def _do_something(watched, rng) -> None:
    kind = rng.random()
    if kind < 0.15:
        watched.undo()
    elif kind < 0.25:
        watched.redo()
    elif kind < 0.32 and watched.take is not None and is_active_ours_alone(watched.rig, "walk"):
        rng.choice(HANDS)(watched, rng)
        _laid_on(watched.take)
        bpy.ops.ed.undo_push(message="hand")
    elif kind < 0.40 and watched.walk.path is not None and len(watched.walk.path.data.splines):
        watched.generate()
    else:
        rng.choice(COMMON if rng.random() < 0.8 else RARE)(watched, rng)
        bpy.ops.ed.undo_push(message="edit")


def test_no_walk_of_a_hand_is_touched(addon):
    rng = random.Random(7)
    bpy.context.preferences.edit.undo_steps = 24
    bpy.context.scene.render.fps = 12
    watched = Watched()
    watched.walk.stand_before = watched.walk.stand_after = 0.0
    watched.walk.fingers = watched.walk.eyes = False
    watched.generate()
    hands = 0
    for number in range(EDITS):
        _do_something(watched, rng)
        held = _held()
        hands += bool(held)
        watched.rest(rng.choice((0.05, 0.1, 0.3)))
        now = _held()
        assert {name: now.get(name) for name in held} == held, number
    assert watched.watch.steps > 100
    assert hands > 300
