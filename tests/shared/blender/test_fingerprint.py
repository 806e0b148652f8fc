"""What an animator may change in an action that the extension made, and what tells it."""

from __future__ import annotations

import hashlib

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.takes import is_active_ours_alone, mark_active
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender


@pytest.fixture
def action(scene):
    """A marked action of two keys, with every kind of modifier."""
    rig = make_rig()
    made = bpy.data.actions.new("Made")
    compat.assign_action(rig, write_all(made, rig))
    mark_active(rig, "walk")
    return made


def ours_alone():
    return is_active_ours_alone(bpy.data.objects["Rig"], "walk")


def write_all(made, rig):
    curve = compat.new_fcurves(made, rig).fcurves.new("location", index=0)
    for frame in (1.0, 10.0):
        curve.keyframe_points.insert(frame, frame)
    for kind in ("NOISE", "ENVELOPE", "GENERATOR", "LIMITS", "STEPPED", "FNGENERATOR"):
        modifier = curve.modifiers.new(kind)
        if kind == "ENVELOPE":
            modifier.control_points.add(3.0)
    made.pose_markers.new("Step").frame = 4
    made["note"], made["more"] = "mine", {"a": [1, 2]}
    return made


def change_key(**values):
    def change(_made, curve):
        for name, value in values.items():
            setattr(curve.keyframe_points[0], name, value)

    return change


def change_modifier(number, name, value):
    return lambda _made, curve: setattr(curve.modifiers[number], name, value)


def change_envelope(_made, curve):
    """Without the property's update: Blender takes the point for a modifier there and may crash."""
    curve.modifiers[1].control_points.foreach_set("max", [2.0])


CHANGES = {
    "extrapolation": lambda _made, curve: setattr(curve, "extrapolation", "LINEAR"),
    "mute": lambda _made, curve: setattr(curve, "mute", True),
    "value": change_key(co=(1.0, 1.5)),
    "interpolation": change_key(interpolation="BACK"),
    "easing": change_key(easing="EASE_OUT"),
    "back": change_key(back=0.5),
    "amplitude": change_key(amplitude=0.5),
    "period": change_key(period=2.0),
    "key type": change_key(type="EXTREME"),
    "handle type": change_key(handle_left_type="FREE"),
    "noise": change_modifier(0, "strength", 3.0),
    "muted modifier": change_modifier(0, "mute", True),
    "influence": change_modifier(1, "influence", 0.5),
    "envelope": change_envelope,
    "generator": change_modifier(2, "coefficients", (0.5, 1.0)),
    "another modifier": lambda _made, curve: curve.modifiers.new("NOISE"),
    "marker name": lambda made, _curve: setattr(made.pose_markers[0], "name", "Stop"),
    "marker frame": lambda made, _curve: setattr(made.pose_markers[0], "frame", 5),
    "marker": lambda made, _curve: made.pose_markers.new("Turn"),
    "note": lambda made, _curve: made.__setitem__("note", "ours"),
    "new note": lambda made, _curve: made.__setitem__("new", 1),
    "inner note": lambda made, _curve: made["more"].__setitem__("a", [1, 3]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_changed_makes_it_the_animator_s(action, what):
    assert ours_alone()
    CHANGES[what](action, compat.action_fcurves(action)[0])
    assert not ours_alone()


def test_a_second_mark_a_save_and_what_is_selected_change_nothing(action, tmp_path):
    mark_active(bpy.data.objects["Rig"], "gaze")
    curve = compat.action_fcurves(action)[0]
    curve.keyframe_points[0].select_control_point = True
    curve.modifiers[0].show_expanded = False
    assert ours_alone()
    path = str(tmp_path / "kept.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert ours_alone()


def test_an_action_marked_by_an_earlier_version_is_kept(action):
    """Its digest held the keys and the number of modifiers only."""
    digest = hashlib.sha256()
    for curve in compat.action_fcurves(action):
        digest.update(f"{curve.data_path}[{curve.array_index}]{curve.mute}".encode())
        for name in ("co", "handle_left", "handle_right"):
            numbers = np.empty(2 * len(curve.keyframe_points), np.float32)
            curve.keyframe_points.foreach_get(name, numbers)
            digest.update(numbers.tobytes())
        kinds = np.empty(len(curve.keyframe_points), np.uint8)
        curve.keyframe_points.foreach_get("interpolation", kinds)
        digest.update(kinds.tobytes() + bytes([len(curve.modifiers)]))
    action["neural_motion_walk"] = digest.hexdigest()
    assert not ours_alone()
