"""A gaze or a speech says so when it no longer fits what it was generated from."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender import compat
from blender_addon.blender.jobs.stale import remember
from blender_addon.blender.keys.places import digest
from blender_addon.capabilities.gaze.depends import made_from as gaze_from
from blender_addon.capabilities.speech.depends import made_from as speech_from
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = pytest.mark.blender


@pytest.fixture
def rig(addon):
    rig = make_rig()
    target = rig.neural_motion.gaze.targets.add()
    target.target = make_curve(((0, -2, 1), (0, -2, 2)), name="Thing")
    return rig


def _animate(rig):
    rig.pose.bones[0].keyframe_insert("location", frame=1)


def _move_key(rig):
    curve = compat.fcurves_of(rig)[0]
    curve.keyframe_points[0].co.y += 1.0
    curve.update()


def test_a_gaze_depends_on_settings_targets_range_and_animation_and_on_nothing_else(rig):
    scene, chosen = bpy.context.scene, rig.neural_motion.gaze

    def key():
        return digest(gaze_from(scene, rig))

    found = [key()]
    for change in (
        lambda: setattr(chosen, "role", "SPEAKING"),
        lambda: setattr(chosen.targets[0].target, "location", (1, 0, 0)),
        lambda: chosen.targets.add(),
        lambda: setattr(scene, "frame_end", 99),
        lambda: setattr(scene.neural_motion.gaze, "range", "FRAMES"),
        lambda: _animate(rig),
        lambda: _move_key(rig),
    ):
        change()
        found.append(key())
    assert len(set(found)) == len(found)
    scene.frame_set(40)
    chosen.active_target = 0
    chosen.last_result = "90 frames"
    remember(chosen, "another")
    assert key() == found[-1]


def test_a_speech_depends_on_its_sound_and_settings_and_not_on_the_body(rig, tmp_path):
    scene, chosen = bpy.context.scene, rig.neural_motion.speech

    def key():
        return digest(speech_from(scene, rig))

    voice = tmp_path / "voice.wav"
    found = [key()]
    chosen.file = str(voice)
    found.append(key())
    voice.write_bytes(b"one")
    found.append(key())
    voice.write_bytes(b"another")
    found.append(key())
    chosen.strength = 0.5
    found.append(key())
    assert len(set(found)) == len(found)
    _animate(rig)
    scene.frame_set(40)
    assert key() == found[-1]


def test_a_keyed_setting_counts_by_its_keys_and_not_by_the_frame(rig):
    scene, chosen = bpy.context.scene, rig.neural_motion.speech
    chosen.strength = 0.2
    chosen.keyframe_insert("strength", frame=1)
    chosen.strength = 0.9
    chosen.keyframe_insert("strength", frame=50)
    scene.frame_set(1)
    first = digest(speech_from(scene, rig))
    scene.frame_set(50)
    assert digest(speech_from(scene, rig)) == first
    _move_key(rig)
    assert digest(speech_from(scene, rig)) != first
