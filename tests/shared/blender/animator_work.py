"""All that is an animator's own at one time, and what of it may be otherwise later."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from blender_addon.blender.keys.layer_values import capability_of
from tests.shared.blender.snapshot import struct_of

PROBED_FRAMES = (1, 3, 20, 37, 60, 110)
ROUNDING = 0.002  # Combine takes quaternions apart in single precision
ARM = 'pose.bones["LeftArm"].rotation_euler'
HIPS = 'pose.bones["Hips"].location'
HEAD = 'pose.bones["Head"].rotation_quaternion'
JAW = 'key_blocks["jawOpen"].value'
SHAPES = ("jawOpen", "Dimple")


def datablock(name: str) -> bpy.types.ID:
    found = bpy.data.objects[name]
    return found.data.shape_keys if found.type == "MESH" else found


@dataclass
class Work:
    """The animator's things at one time.

    Args:
        actions: by name, everything in them.
        strips: by action, what plays it: track, strip and all of their settings.
        order: names of the tracks that a hand was on, from below.
        seen: what the animator's own channels and those of others show on some frames.
        scene: playhead, end, and what nobody animates.
    """

    actions: dict[str, Any]
    strips: dict[str, list[dict[str, Any]]]
    order: list[str]
    seen: dict[str, list[tuple[float, ...]]]
    scene: tuple[Any, ...]

    @classmethod
    def of(cls, names: set[str]) -> Work:
        actions, strips, order = {}, {}, []
        for name in names:
            action = bpy.data.actions.get(name)
            if action is None:
                continue
            actions[name] = struct_of(action)
            del actions[name]["use_fake_user"]  # set where an action gives way to a new one
            strips[name] = []
        for owner in ("Rig", "Face"):
            data = datablock(owner).animation_data
            for track in data.nla_tracks if data is not None else ():
                for strip in track.strips:
                    if strip.action is not None and strip.action.name in strips:
                        strips[strip.action.name].append(_told(track, strip))
                        order.append(f"{owner}: {track.name}")
        return cls(actions, strips, order, _seen(), _untouched_by_all())

    def check_against(self, now: Work, capability: str, keyed: set[str]) -> None:
        """Nothing of the animator's is changed or lost, nor shown otherwise but what is keyed."""
        assert self.actions.keys() == now.actions.keys(), "an action is gone"
        for name, told in self.actions.items():
            assert told == now.actions[name], f"'{name}' is changed"
        for name, before in self.strips.items():
            after = now.strips[name]
            for strip in before:
                assert any(_same(strip, each, capability) for each in after), (
                    f"a strip of '{name}' is changed: {strip} became {after}"
                )
        order = [each for each in now.order if each in self.order]
        assert order == self.order, f"tracks from below were {self.order}, are {now.order}"
        assert self.scene == now.scene, f"{self.scene} became {now.scene}"
        for path in self.seen.keys() - keyed:
            off = np.abs(np.array(self.seen[path]) - np.array(now.seen[path])).max()
            assert off < ROUNDING, f"{path} is off: {self.seen[path]} became {now.seen[path]}"


def _told(track: bpy.types.NlaTrack, strip: bpy.types.NlaStrip) -> dict[str, Any]:
    settings = struct_of(track)
    for name in ("strips", "active", "select"):
        del settings[name]
    told = struct_of(strip)
    for name in ("active", "select", "influence", "strip_time"):  # the latter as it plays
        del told[name]
    return {"track": settings, "strip": told, "capability": capability_of(track)}


def _same(before: dict[str, Any], after: dict[str, Any], capability: str) -> bool:
    """A layer that a new one covers may be muted, and nothing else."""
    if before == after:
        return True
    muted = copy.deepcopy(before)
    muted["track"]["mute"] = True
    return before["capability"] == capability and muted == after


def _seen() -> dict[str, list[tuple[float, ...]]]:
    scene, rig, keys = bpy.context.scene, datablock("Rig"), datablock("Face")
    back = scene.frame_current
    for block in (*bpy.data.actions, rig, keys):  # keys set by scripts are not seen else
        block.update_tag()
    seen: dict[str, list[tuple[float, ...]]] = {ARM: [], HIPS: [], HEAD: [], JAW: []}
    for frame in PROBED_FRAMES:
        scene.frame_set(frame)
        for path, values in seen.items():
            value = (keys if path == JAW else rig).path_resolve(path)
            values.append(tuple(value) if path != JAW else (value,))
    scene.frame_set(back)
    return seen


def _untouched_by_all() -> tuple[Any, ...]:
    scene, rig = bpy.context.scene, datablock("Rig")
    smile = datablock("Face").key_blocks[SHAPES[1]].value
    bones = rig.pose.bones
    held = bones["RightArm"].location if "Root" not in bones else bones["Root"].scale
    return scene.frame_current, smile, tuple(held)
