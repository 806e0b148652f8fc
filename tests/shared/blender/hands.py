"""What an animator may do by hand to an action, and to the strip and the track that play it.

Each is a function of the animated datablock and the action.
"""

from __future__ import annotations

import bpy

from blender_addon.blender import compat


def place_of(rig, action):
    """Track and strip that play an action."""
    for track in rig.animation_data.nla_tracks:
        for strip in track.strips:
            if strip.action == action:
                return track, strip
    return None, None


def on_action(change):
    return lambda rig, action: change(action)


def on_curve(change):
    return lambda rig, action: change(compat.action_fcurves(action)[0])


def on_track(change):
    return lambda rig, action: change(place_of(rig, action)[0])


def hold_otherwise(strip):
    """Let a strip hold to other sides than it does."""
    strip.extrapolation = "NOTHING" if strip.extrapolation == "HOLD" else "HOLD"


def on_strip(change):
    return lambda rig, action: change(place_of(rig, action)[1])


def setting(**values):
    def change(item):
        for name, value in values.items():
            setattr(item, name, value)

    return change


def give_frame_range(action):
    action.use_frame_range = True
    action.frame_start, action.frame_end = 5, 20


def on_group(change):
    return lambda rig, action: change(compat.action_groups(action)[0])


def give_to_another(rig, action):
    other = bpy.data.objects.new("Other", None)
    other.use_fake_user = True  # else it is not in a file that is saved
    other.animation_data_create().action = action


def push_down(rig, action):
    data = rig.animation_data
    track = data.nla_tracks.new()
    strip = track.strips.new(action.name, 1, action)
    compat.assign_strip_slot(strip)
    data.action = None


def middle_of(strip):
    return (strip.action_frame_start + strip.action_frame_end) // 2


def animate_influence(strip):
    strip.use_animated_influence = True
    strip.fcurves[0].keyframe_points.insert(strip.frame_start + 3, 0.5)


def add_strip_beside(rig, action):
    track, strip = place_of(rig, action)
    mine = bpy.data.actions.new("Wave")
    owner = compat.new_fcurves(mine, rig)
    owner.fcurves.new("scale", index=0).keyframe_points.insert(1, 0.5)
    compat.assign_strip_slot(track.strips.new("Wave", int(strip.frame_end) + 20, mine))


def add_copy_beside(rig, action):
    """As Duplicate in the NLA editor does."""
    track, strip = place_of(rig, action)
    copied = action.copy()
    compat.assign_strip_slot(track.strips.new(copied.name, int(strip.frame_end) + 20, copied))


def move_to_another_track(rig, action):
    track, strip = place_of(rig, action)
    data = rig.animation_data
    other = data.nla_tracks.new()
    other.name = "Elsewhere"
    made = other.strips.new(strip.name, int(strip.frame_start), action)
    compat.assign_strip_slot(made)
    for name in ("blend_type", "extrapolation"):
        setattr(made, name, getattr(strip, name))
    data.nla_tracks.remove(track)


ON_ACTIONS = {
    "renamed": on_action(setting(name="Hero_walk_final")),
    "fake user": on_action(setting(use_fake_user=True)),
    "asset": on_action(lambda action: action.asset_mark()),
    "frame range": on_action(give_frame_range),
    "cyclic": on_action(setting(use_frame_range=True, use_cyclic=True)),
    "pose marker": on_action(lambda action: action.pose_markers.new("step")),
    "custom property": on_action(lambda action: action.__setitem__("note", "keep")),
    "another user": give_to_another,
    "key moved": on_curve(lambda curve: setattr(curve.keyframe_points[1].co, "y", 9.0)),
    "key added": on_curve(lambda curve: curve.keyframe_points.insert(4.5, 0.1)),
    "key type": on_curve(lambda curve: setattr(curve.keyframe_points[1], "type", "BREAKDOWN")),
    "curve muted": on_curve(setting(mute=True)),
    "curve locked": on_curve(setting(lock=True)),
    "curve hidden": on_curve(setting(hide=True)),
    "curve coloured": on_curve(setting(color_mode="CUSTOM", color=(1.0, 0.0, 0.0))),
    "curve modifier": on_curve(lambda curve: curve.modifiers.new("NOISE")),
    "curve extrapolation": on_curve(setting(extrapolation="LINEAR")),
    "handle smoothing": on_curve(setting(auto_smoothing="NONE")),
    "group renamed": on_group(setting(name="Pelvis")),
    "group locked": on_group(setting(lock=True)),
    "group muted": on_group(setting(mute=True)),
    "group coloured": on_group(setting(color_set="THEME03")),
}
if compat.HAS_SLOTS:
    ON_ACTIONS |= {
        "slot added": on_action(lambda action: action.slots.new("OBJECT", "Twin")),
        "slot renamed": on_action(lambda a: setattr(a.slots[0], "name_display", "Hero")),
        "layer renamed": on_action(lambda action: setattr(action.layers[0], "name", "Base")),
    }
ON_ACTIVE = {
    "pushed down": push_down,
    "influence": lambda rig, _: setattr(rig.animation_data, "action_influence", 0.5),
    "added": lambda rig, _: setattr(rig.animation_data, "action_blend_type", "ADD"),
    "extrapolation": lambda rig, _: setattr(rig.animation_data, "action_extrapolation", "NOTHING"),
}
ON_STRIPS = {
    "track renamed": on_track(setting(name="Take 1 KEEP")),
    "track locked": on_track(setting(lock=True)),
    "track muted": on_track(setting(mute=True)),
    "strip renamed": on_strip(setting(name="Take 1")),
    "strip muted": on_strip(setting(mute=True)),
    "trimmed": on_strip(lambda strip: setattr(strip, "action_frame_end", middle_of(strip))),
    "trimmed in front": on_strip(
        lambda strip: setattr(strip, "action_frame_start", middle_of(strip))
    ),
    "retimed": on_strip(setting(scale=1.2)),
    "repeated": on_strip(setting(repeat=2.0)),
    "moved": on_strip(lambda strip: setattr(strip, "frame_start_ui", strip.frame_start + 3)),
    "reversed": on_strip(setting(use_reverse=True)),
    "blended in": on_strip(setting(blend_in=4.0)),
    "blended out": on_strip(setting(blend_out=4.0)),
    "blended by itself": on_strip(setting(use_auto_blend=True)),
    "held": on_strip(hold_otherwise),
    "multiplied": on_strip(setting(blend_type="MULTIPLY")),
    "no sync of length": on_strip(setting(use_sync_length=False)),
    "influence": on_strip(setting(influence=0.5)),
    "animated influence": on_strip(animate_influence),
    "animated time": on_strip(setting(use_animated_time=True)),
    "a strip beside it": add_strip_beside,
    "a copy beside it": add_copy_beside,
    "moved to another track": move_to_another_track,
}
