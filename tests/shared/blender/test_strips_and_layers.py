"""A strip of a capability that has a layer, too, is not put onto the layer's track."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.keys.keyframes import vector_channels, write_action
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.keys.result import write_result
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender

PATH = 'pose.bones["Root"].location'


def moved(frames, y):
    """Channels of a root that stays in one place."""
    values = np.tile((0.0, y, 0.0), (len(frames), 1))
    return vector_channels(PATH, np.asarray(frames, float), values, "Root")


def test_what_lies_beneath_a_layer_does_not_add_to_a_later_strip(scene):
    rig = make_rig(root_bone=True)
    write_action(rig, "Stands", moved(range(1, 101), 0.7))
    add_layer(bpy.context, rig, "gesture", "Talks", moved(range(10, 41), 0.8))
    strip = ResultOptions(kind=ResultKind.STRIP)
    write_result(bpy.context, rig, "gesture", "Dances", moved(range(50, 91), 0.7), strip)
    assert len(layers_of(rig, "gesture")) == 1
    for frame, y in ((5, 0.7), (25, 0.8), (45, 0.7), (70, 0.7)):
        scene.frame_set(frame)
        assert rig.pose.bones["Root"].location.y == pytest.approx(y, abs=1e-4), frame


def test_what_blender_does_not_go_by_is_not_carried_into_the_strip(scene):
    """Without a track, the active action holds its ends, whatever is set."""
    rig = make_rig(root_bone=True)
    write_action(rig, "Stands", moved(range(1, 31), 0.7))
    rig.animation_data.action_extrapolation = "NOTHING"
    turned = PATH.replace("location", "scale")
    others = vector_channels(turned, np.arange(10.0, 21.0), np.ones((11, 3)), "Root")
    strip = ResultOptions(kind=ResultKind.STRIP)
    write_result(bpy.context, rig, "walk", "Walks", others, strip)
    for frame in (5, 15, 60):
        scene.frame_set(frame)
        assert rig.pose.bones["Root"].location.y == pytest.approx(0.7, abs=1e-4), frame
