"""A steered character goes where it is told and stands when let go; feet of what is kept hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import open_session
from blender_addon.core.maths.rotations import wrap_angle
from blender_addon.core.walk import live as live_walk
from blender_addon.core.walk.live import LiveWalker
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.settings import Direction

MODEL = Path(__file__).resolve().parents[2] / "onnx_models" / "locomotion_biped.onnx"


@pytest.fixture(scope="module")
def pipeline() -> LocomotionPipeline:
    return LocomotionPipeline(open_session(MODEL, ["CPUExecutionProvider"]))


def drive(walker, seconds, velocity):
    return [walker.step(np.array(velocity)) for _ in range(round(60 * seconds))]


def make(pipeline, place=(0.0, 0.0, 0.0), seed=0):
    return LiveWalker(pipeline, np.array(place), FlatTerrain(), seed)


def test_it_takes_up_the_desired_speed_and_turns_to_the_desired_way(pipeline):
    walker = make(pipeline)
    steps = drive(walker, 3, (0.0, 1.3))
    assert np.mean([s.speed_m_s for s in steps[-60:]]) == pytest.approx(1.3, rel=0.1)
    steps = drive(walker, 2.5, (1.3, 0.0))
    assert steps[-1].root[2] == pytest.approx(np.pi / 2, abs=0.15)
    steps = drive(walker, 3, (-2.6, 0.0))
    assert np.mean([s.speed_m_s for s in steps[-60:]]) == pytest.approx(2.6, rel=0.1)


@pytest.mark.parametrize(("facing_deg", "fastest"), [(180.0, 1.2), (90.0, 0.8), (-90.0, 0.8)])
def test_it_turns_to_where_it_is_to_face(pipeline, facing_deg, fastest):
    direction = Direction(facing_deg=facing_deg)
    walker = LiveWalker(pipeline, np.zeros(3), FlatTerrain(), direction=direction)
    assert walker.max_speed_m_s == pytest.approx(fastest)
    heading = drive(walker, 3, (0.0, 0.5))[-1].root[2]
    assert abs(wrap_angle(heading - np.radians(facing_deg))) < 0.3


def test_let_go_it_stands_still(pipeline):
    walker = make(pipeline, (1.0, 2.0, 0.5))
    assert np.allclose(drive(walker, 2, (0, 0))[-1].root, (1.0, 2.0, 0.5), atol=0.02)
    drive(walker, 2, (0.0, 1.3))
    stopped = drive(walker, 1.5, (0, 0))[-1].root
    later = drive(walker, 5, (0, 0))[-1].root
    assert np.linalg.norm((later - stopped)[:2]) < 0.02


def test_the_same_seed_drives_the_same(pipeline):
    ways = [make(pipeline, seed=n) for n in (3, 3, 4)]
    clips = []
    for walker in ways:
        drive(walker, 1, (0.3, 1.0))
        clips.append(walker.result().clip.rotations_wxyz)
    assert np.array_equal(clips[0], clips[1])
    assert not np.array_equal(clips[0], clips[2])


def test_what_is_kept_has_held_feet(pipeline):
    walker = make(pipeline)
    shown = drive(walker, 4, (0.0, 1.2))
    result = walker.result()
    assert result.clip.frame_count == len(shown) == 240
    assert result.clip.contacts is not None
    assert walker.seconds == pytest.approx(4.0)
    from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
    from blender_addon.core.motion.kinematics import forward_kinematics

    clip = result.clip
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = places[:, clip.skeleton.indices(FOOT_JOINTS)]
    heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), PLANTED_HEIGHTS_M)
    assert slip_speed(feet, heights, 60.0).mean < 0.04


def test_faster_than_it_can_is_slowed_down_and_nonsense_refused(pipeline, monkeypatch):
    walker = make(pipeline)
    fast = drive(walker, 4, (0.0, 50.0))[-1]
    assert fast.speed_m_s < 1.1 * walker.max_speed_m_s
    for wrong in ((np.nan, 0.0), (1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(SettingsError, match="two numbers"):
            walker.step(np.array(wrong))
    with pytest.raises(SettingsError, match="nothing has been driven"):
        make(pipeline).result()
    monkeypatch.setattr(live_walk, "LONGEST_S", 2.0)
    with pytest.raises(SettingsError, match="the most for one go"):
        walker.step(np.zeros(2))
