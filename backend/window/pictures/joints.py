"""The list of joints: all found, then one set to a bone that does not exist."""

from __future__ import annotations

import album
import bpy

_OPEN = {"NEURALMOTION_PT_character", "NEURALMOTION_PT_joints"}


def steps(desk: album.Album) -> album.Waits:
    """The demo character; then its head is missed."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    joints = bpy.context.scene.neural_motion.character.neural_motion.joints
    joints.active = 1
    yield from desk.panel("joints_found")
    joints.rows["Head"].bone = "Skull"
    joints.active = joints.rows.find("Head")
    yield from desk.panel("joints_wrong")


album.start(steps, "joints", _OPEN)
