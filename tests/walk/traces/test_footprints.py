"""Footprints lie where feet stood: on the ground, one for each step, left and right in turn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from blender_addon.core.feet.landings import landings
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.footprints import MOST, Footprints
from tests.walk.samples import standing_clip, walking_clip

ROLES = {name: n for n, name in enumerate(COMMON_SKELETON.names)}


def seen(clip, terrain=None):
    found = Footprints(COMMON_SKELETON, ROLES, terrain or FlatTerrain())
    for n in range(clip.frame_count):
        pose = clip.root_positions[n : n + 1], clip.rotations_wxyz[n : n + 1]
        one = replace(clip, root_positions=pose[0], rotations_wxyz=pose[1], contacts=None)
        found.see(one, n / 60.0)
    return found.prints


def test_a_walk_leaves_a_print_for_each_step():
    clip = walking_clip(6, 1.0)
    prints = seen(clip)
    downs = [name for _, name in landings(clip.contacts) if name.endswith("down")]
    assert abs(len(prints) - len(downs)) <= 2
    sides = [each.side for each in prints][2:]  # in the beginning both stand
    assert all(a != b for a, b in pairwise(sides))
    for each in prints:
        assert np.abs(each.outline[:, 1]).max() < 1e-6
        assert 0.15 < np.ptp(each.outline[:, [0, 2]], axis=0).max() < 0.4
    middles = np.array([each.middle for each in prints])
    assert (np.diff(middles[1:, 2]) > 0.2).all()  # it walks ahead
    left = np.array([each.side == "Left" for each in prints])
    assert middles[left, 0].min() > middles[~left, 0].max()


def test_prints_lie_under_the_feet():
    clip = walking_clip(6, 1.0)
    positions, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    for each in seen(clip):
        ankle = positions[round(60 * each.seconds), ROLES[f"{each.side}Foot"]]
        assert np.linalg.norm((ankle - each.middle)[[0, 2]]) < 0.12


def test_who_stands_leaves_two_and_who_floats_none():
    assert [each.side for each in seen(standing_clip(60))] == ["Left", "Right"]
    assert seen(standing_clip(60), FlatTerrain(-0.5)) == []


def test_no_more_are_kept_than_can_be_drawn():
    assert len(seen(walking_clip(4, 1.0))) < MOST


@pytest.mark.parametrize("side", [0, 2])
def test_landings_tell_when_a_foot_comes_and_goes(side):
    contacts = np.zeros((10, 4), bool)
    contacts[2:5, side], contacts[4:7, side + 1] = True, True
    name = "L" if side == 0 else "R"
    assert landings(contacts) == [(2, f"{name} down"), (7, f"{name} up")]
    contacts[:, side] = True
    assert landings(contacts) == []
