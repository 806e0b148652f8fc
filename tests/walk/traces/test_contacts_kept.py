"""What is kept of a walk: its contacts as markers, and an asset that tells what it is."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender.keys.takes import is_active_ours_alone
from blender_addon.capabilities.walk.asset import describe
from blender_addon.capabilities.walk.facts import facts_of, last_walk

pytestmark = pytest.mark.blender

OPS = bpy.ops.neural_motion
NAMES = {"L down", "L up", "R down", "R up"}


@pytest.fixture
def walker(addon, model):
    """Somebody who walked two metres, with her contacts marked."""
    OPS.add_character()
    OPS.add_path()
    armature = addon.neural_motion.character
    walk = armature.neural_motion.walk
    walk.path.scale = (0.25, 0.25, 0.25)
    walk.result.contacts = True
    assert OPS.generate_walk() == {"FINISHED"}
    return armature


def test_a_walk_tells_when_its_feet_come_down_and_where_it_comes_from(walker):
    action = walker.animation_data.action
    marked = sorted((marker.frame, marker.name) for marker in action.pose_markers)
    assert {name for _, name in marked} == NAMES
    assert marked == sorted(map(tuple, facts_of(action)["contacts"]))
    assert is_active_ours_alone(walker, "walk")

    scene = bpy.context.scene
    own = scene.timeline_markers.new("Mine", frame=7)
    assert OPS.contact_markers() == {"FINISHED"}
    found = [(m.frame, m.name) for m in scene.timeline_markers if m.name != "Mine"]
    assert sorted(found) == [(frame, f"{walker.name} {name}") for frame, name in marked]
    moved = next(m for m in scene.timeline_markers if m.name != "Mine")
    moved.frame += 500
    assert OPS.contact_markers() == {"FINISHED"}  # pressed again, they go
    assert {m.name for m in scene.timeline_markers} == {own.name, moved.name}

    before = {kind: set(getattr(bpy.data, kind).keys()) for kind in ("scenes", "objects", "images")}
    frame = scene.frame_current
    assert OPS.mark_walk_as_asset() == {"FINISHED"}
    assert action.asset_data.description == describe(facts_of(action))
    assert "seed 0" in action.asset_data.description
    assert "Neural Motion" in {tag.name for tag in action.asset_data.tags}
    after = {kind: set(getattr(bpy.data, kind).keys()) for kind in before}
    assert after == before and scene.frame_current == frame
    assert not is_active_ours_alone(walker, "walk")  # kept from now on
    OPS.generate_walk()
    assert action.name in bpy.data.actions and last_walk(walker).action != action
