"""Feet that travel are off the ground, knees may be straight, and nothing that is let go pops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.feet.reach import comfortable_reach, soften_reach
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    HEEL_BACK_M,
    HEEL_HEIGHT_M,
    TIP_AHEAD_M,
    TOE_HEIGHT_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.walk.samples import feet, heights_over_planted, moved, standing_clip, walking_clip

FLAT_M = 0.008
SIDES = ("Left", "Right")


def lock(clip: MotionClip, terrain: Terrain | None = None) -> MotionClip:
    held = lock_feet(
        clip.skeleton,
        clip.root_positions,
        clip.rotations_wxyz,
        clip.contacts,
        terrain or FlatTerrain(),
    )
    return replace(
        clip,
        root_positions=held.root_positions,
        rotations_wxyz=held.rotations_wxyz,
        contacts=held.contacts,
    )


def longest_glide(clip: MotionClip) -> float:
    """Metres that a foot travels while its heel and toe are both as low as planted, at most."""
    places, over = feet(clip), heights_over_planted(clip, FlatTerrain())
    glides = []
    for side in (0, 2):
        flat = (over[:, side : side + 2] < FLAT_M).all(axis=1)
        steps = np.linalg.norm(np.diff(places[:, side : side + 2, [0, 2]], axis=0), axis=-1)
        way = np.cumsum(np.where(flat[1:], steps.min(axis=1), 0.0))
        rests = np.maximum.accumulate(np.where(flat[1:], 0.0, way))
        glides.append((way - rests).max())
    return max(glides)


def knees_deg(clip: MotionClip) -> Floats:
    """(T, 2) how far left and right knee are bent."""
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    bends = []
    for side in SIDES:
        hip, knee, ankle = clip.skeleton.indices([side + p for p in ("UpLeg", "Leg", "Foot")])
        thigh, shin = places[:, knee] - places[:, hip], places[:, ankle] - places[:, knee]
        cosine = (thigh * shin).sum(axis=1)
        sine = np.linalg.norm(np.cross(thigh, shin), axis=1)
        bends.append(np.degrees(np.arctan2(sine, cosine)))
    return np.stack(bends, axis=1)


def sole_depths(clip: MotionClip) -> Floats:
    """(T, 4) how deep heels' edges and toes' tips are under level ground."""
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    points = []
    for side in SIDES:
        for part, down, ahead in (
            ("Foot", HEEL_HEIGHT_M, -HEEL_BACK_M),
            ("Toe", TOE_HEIGHT_M, TIP_AHEAD_M),
        ):
            joint = clip.skeleton.index(side + part)
            arm = np.array([0, -down, ahead], np.float32)
            points.append(places[:, joint] + quaternion_rotate(turns[:, joint], arm))
    return np.maximum(-np.stack(points, axis=1)[..., 1], 0.0)


def sliding_walk(speed_m_s: float) -> MotionClip:
    """A walk whose feet never leave the ground."""
    return walking_clip(4, speed_m_s, lift_m=0.0)


@pytest.mark.parametrize("speed_m_s", [0.1, 0.3, 0.6, 1.0])
def test_a_foot_that_travels_is_never_flat(speed_m_s: float) -> None:
    clip = sliding_walk(speed_m_s)
    assert longest_glide(clip) > 0.09
    assert longest_glide(lock(clip)) < 0.04


def test_longer_steps_lift_a_foot_higher() -> None:
    rises = [
        heights_over_planted(lock(sliding_walk(v)), FlatTerrain()).max() for v in (0.1, 0.4, 1)
    ]
    assert 0.01 < rises[0] < 0.06
    assert rises[0] < rises[1] < rises[2]
    assert 0.1 < rises[2] < 0.2


def test_a_foot_that_lifts_like_a_person_s_is_left_alone() -> None:
    once = lock(sliding_walk(0.8))
    np.testing.assert_allclose(feet(lock(once)), feet(once), atol=7e-3)


def test_first_and_last_step_are_carried_too() -> None:
    """Without a hold before it and one after it, a foot that begins and ends low swings as well."""
    clip = sliding_walk(1.0)
    swing = slice(36, 60)  # of the left foot
    part = replace(
        clip,
        root_positions=clip.root_positions[swing],
        rotations_wxyz=clip.rotations_wxyz[swing],
        contacts=clip.contacts[swing],
    )
    assert longest_glide(part) > 0.3
    assert longest_glide(lock(part)) < 0.05


def test_who_is_animated_to_land_on_the_heel_does_so_for_a_moment() -> None:
    clip = walking_clip(4, 1.0)
    foot = COMMON_SKELETON.index("LeftFoot")
    turned = clip.rotations_wxyz.copy()
    coming = np.flatnonzero(~clip.contacts[:, 0])
    late = coming[(coming % 60) > 50]
    angle = np.float32(np.radians(-18.0) / 2)
    turned[late, foot] = turned[late, foot] @ np.array(
        [
            [np.cos(angle), np.sin(angle), 0, 0],
            [-np.sin(angle), np.cos(angle), 0, 0],
            [0, 0, np.cos(angle), -np.sin(angle)],
            [0, 0, np.sin(angle), np.cos(angle)],
        ],
        np.float32,
    )
    locked = lock(replace(clip, rotations_wxyz=turned))
    landing = 60
    assert locked.contacts[landing].tolist()[:2] == [True, False]
    over = heights_over_planted(locked, FlatTerrain())
    assert over[landing, 1] > 0.025
    assert np.abs(over[landing + 8, :2]).max() < 1e-3
    assert lock(clip).contacts[landing, :2].all(), "who lands flat keeps to it"


@pytest.mark.parametrize("sunk_m", [0.0006, 0.002])
def test_a_straight_leg_stays_straight(sunk_m: float) -> None:
    clip = standing_clip(90, sunk_m=sunk_m)
    sunk = moved(clip, (0, -0.012, 0))  # a network's feet are a centimetre off
    for given in (clip, sunk):
        locked = lock(given)
        # Nearly straight legs come out as straight as somebody who stands upright.
        assert (knees_deg(locked) < knees_deg(clip) + 2.0).all()
        assert knees_deg(locked).min() > 2.5
        assert np.abs(heights_over_planted(locked, FlatTerrain())).max() < 1e-3


def test_a_leg_approaches_full_stretch_without_a_snap() -> None:
    leg_m = 0.82
    thigh = np.zeros((400, 3), np.float32)
    ankle = np.zeros((400, 3), np.float32)
    ankle[:, 1] = -np.linspace(0.9 * leg_m, 1.1 * leg_m, 400)
    reach = comfortable_reach(-ankle[:1, 1].repeat(400), leg_m)
    soft = -soften_reach(thigh, ankle, reach, leg_m)[:, 1]
    assert soft.max() < leg_m
    assert (np.diff(soft) > -1e-6).all()
    bend = np.degrees(2 * np.arccos(soft / leg_m))
    fastest = np.abs(np.diff(bend)) / np.diff(-ankle[:, 1])
    assert fastest.max() < 1200, "degrees a metre; of a hard stop no bound"
    near = reach[0] - np.float32(0.01)
    assert np.abs(soft[-ankle[:, 1] < near] + ankle[-ankle[:, 1] < near, 1]).max() < 1e-6


def test_what_is_let_go_stays_so_and_does_not_pop() -> None:
    """Contacts that last while the body walks on, as a network says at a stop."""
    clip = walking_clip(4, 1.0)
    contacts = clip.contacts.copy()
    for start in range(36, len(contacts), 60):
        contacts[start : start + 10] = True
    locked = lock(replace(clip, contacts=contacts))
    assert np.abs(np.diff(knees_deg(locked), 2, axis=0)).max() < 19
    assert (clip.root_positions - locked.root_positions)[:, 1].max() < 0.075
    assert (locked.contacts.sum(axis=0) <= contacts.sum(axis=0)).all()


def test_a_foot_that_wanders_under_a_standing_body_steps() -> None:
    drift = 0.25 * np.clip((np.arange(150) - 60) / 40, 0, 1)
    clip = moved(standing_clip(150), drift[:, None] * np.array([0, 0, 1]))
    locked = lock(clip)
    places = feet(locked)
    assert not locked.contacts.all()
    assert (~locked.contacts.any(axis=1)).sum() <= 5, "one foot after the other"
    assert longest_glide(locked) < 0.03
    assert np.abs(places[-1] - feet(clip)[-1]).max() < 0.09, "it arrives under the body"


@pytest.mark.parametrize("speed_m_s", [0.4, 1.0])
def test_no_sole_is_under_the_ground(speed_m_s: float) -> None:
    locked = lock(moved(sliding_walk(speed_m_s), (0, -0.03, 0)))
    assert sole_depths(locked).max() < 0.005
