"""A dance inside a performance: to real music, by the real model, taken back as a whole."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.music import make_music, write_music  # noqa: E402
from blender_addon.capabilities.perform.cues import read_cue, taking_part  # noqa: E402
from blender_addon.capabilities.perform.performance import Performance  # noqa: E402
from blender_addon.core.feet.measures import heights_over_ground, slip_speed  # noqa: E402
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS  # noqa: E402
from blender_addon.core.sound.beats import beats_at_tempo  # noqa: E402
from tests.gesture.scene.helpers import joint, poses, print_of  # noqa: E402
from tests.perform import stage  # noqa: E402

pytestmark = [pytest.mark.blender]

BPM, SECONDS, FPS = 172.0, 8.0, 60


@pytest.fixture
def dancer(addon, tmp_path):
    """Somebody with an action of the animator's own, and music to dance to."""
    addon.render.fps = FPS
    rig = stage.character("One", (1.0, 2.0, 0.0), 0.6)
    addon.neural_motion.character = rig
    rig.pose.bones["Head"].keyframe_insert("rotation_quaternion", frame=1)
    rig.animation_data.action.name = "Own"
    samples = make_music(beats_at_tempo(BPM, 0.0, SECONDS), np.ones(int(30 * SECONDS)))
    write_music(tmp_path / "music.wav", samples)
    rig.neural_motion.gesture.mode = "DANCE"
    chosen = rig.neural_motion.perform
    chosen.source, chosen.file = "FILE", str(tmp_path / "music.wav")
    for name in ("walk", "speech", "gaze"):
        setattr(chosen, f"use_{name}", False)
    chosen.stand_in = False
    return rig


def perform(rig):
    """What was read of the dance, and the performance in which it is written."""
    cue = read_cue(bpy.context, rig)
    under_way = Performance(bpy.context, [(rig, cue, taking_part(bpy.context, rig, cue))])
    job = under_way.begin()
    assert under_way.go_on(job.run) is None
    return job.job, under_way


def slip_m_s(job):
    """Speed of the joint that carries, on the scene's own floor."""
    feet = [joint(job, name) for name in FOOT_JOINTS]
    places = poses(job)[0][:, feet]
    planted = job.rig.skeleton.rest_positions()[feet, 1] - job.rig.floor_m
    heights = heights_over_ground(places, np.zeros(places.shape[:2]), planted)
    return slip_speed(places, heights, FPS).values, heights


def test_a_dance_is_taken_back_as_a_whole_and_stands_on_its_feet_when_kept(dancer):
    own = dancer.animation_data.action
    before, keys = stage.state(), print_of(own)
    _, under_way = perform(dancer)
    assert dancer.animation_data.action.name == "One Dance"
    under_way.take_back()
    assert stage.state() == before and print_of(own) == keys
    job, under_way = perform(dancer)
    under_way.accept()
    assert dancer.animation_data.action.name == "One Dance"
    assert print_of(own) == keys and bpy.data.actions["Own"] == own
    assert dancer.neural_motion.gesture.last_result_bpm == pytest.approx(BPM, abs=3.0)
    speeds, heights = slip_m_s(job)
    assert np.isfinite(speeds).mean() > 0.9  # somebody who dances stands on something
    assert np.nanmean(speeds) < 0.005
    assert heights.min() > -0.005
    toes = poses(job)[0][:, [joint(job, "LeftToe"), joint(job, "RightToe")]]
    assert np.ptp(toes[..., [0, 2]], axis=0).max() > 0.15  # it steps
