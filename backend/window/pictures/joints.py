"""The list of joints: all found, then one set to a bone that does not exist."""

from __future__ import annotations

import album
import bpy

_OPEN = {"NEURALMOTION_PT_walk", "NEURALMOTION_PT_joints"}


def steps(desk: album.Album) -> album.Waits:
    """The demo character; then its head is missed."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_demo_character")
    yield from desk.run("neural_motion.add_path")
    figure = bpy.context.scene.neural_motion.rig
    figure.neural_motion_joints.active = 1
    yield from desk.panel("joints_found")
    figure.neural_motion_joints.rows["Head"].bone = "Skull"
    figure.neural_motion_joints.active = figure.neural_motion_joints.rows.find("Head")
    yield from desk.panel("joints_wrong")


album.start(steps, "joints", _OPEN)
