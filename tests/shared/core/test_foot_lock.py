"""Locked feet stay where they stand, on the ground, and the rest of the body is left alone."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, replace

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.maths.segments import Segments
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.walk.samples import feet, heights_over_planted, moved, standing_clip, walking_clip

LEGS = [
    COMMON_SKELETON.index(side + part)
    for side in ("Left", "Right")
    for part in ("UpLeg", "Leg", "Foot", "Toe")
]
SOLE_M = np.linspace(-0.16, 0.05, 12)
"""Along the foot from the toe joint, from the heel bone to the tips of the toes."""


@dataclass(frozen=True)
class Steps:
    """Treads of equal depth along +Z, each higher than the one before."""

    rise_m: float
    run_m: float

    def heights(self, xz: Floats) -> Floats:
        return self.rise_m * np.floor(np.asarray(xz)[..., 1] / self.run_m)


def bumps(height_m: float = 0.06) -> HeightField:
    """Waves of a metre or so."""
    places = np.arange(-3, 9, 0.05)
    samples = height_m * np.sin(2.5 * places[:, None] + 1) * np.cos(3.0 * places[None])
    return HeightField(np.array([-3.0, -3.0]), 0.05, samples)


def is_uneven(terrain: Terrain) -> bool:
    return isinstance(terrain, HeightField) and np.ptp(np.diff(terrain.samples[0])) > 1e-3


def slope(rise: float) -> HeightField:
    """Ground that rises along +Z."""
    places = np.arange(-3, 9, 0.5)
    return HeightField(np.array([-3.0, -3.0]), 0.5, np.tile(rise * places, (len(places), 1)))


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


def swaying_walk(cycles: int = 4, height_m: float = 0.0) -> MotionClip:
    """A walk whose every foot slides, sinks and rises by centimetres."""
    clip = walking_clip(cycles, 0.8, sunk_m=0.14)
    time = np.arange(clip.frame_count) / 60.0
    sway = [0.02 * np.sin(3.1 * time), 0.025 * np.sin(4.3 * time), 0.03 * np.sin(2.3 * time)]
    return moved(clip, np.stack(sway, axis=-1) + np.array([0, height_m, 0]))


def drifts(clip: MotionClip) -> Floats:
    """How far each held joint moves during each of its holds, metres."""
    places = feet(clip)
    return np.array(
        [
            np.ptp(places[start:stop, joint], axis=0).max()
            for joint in range(4)
            for start, stop in spans(clip.contacts[:, joint])
        ]
    )


def test_held_feet_do_not_move() -> None:
    clip = swaying_walk()
    assert drifts(clip).max() > 0.01, "the sample must slide, or nothing is shown"
    assert drifts(lock(clip)).max() < 1e-4


@pytest.mark.parametrize("terrain", [FlatTerrain(), FlatTerrain(-1.5), slope(0.1), bumps()])
def test_held_toes_stand_on_the_ground(terrain: Terrain) -> None:
    clip = moved(swaying_walk(), (0, terrain.heights(np.zeros(2)), 0))
    if isinstance(terrain, HeightField):
        under = terrain.heights(clip.root_positions[:, [0, 2]])
        clip = moved(clip, np.stack((0 * under, under - under[0], 0 * under), axis=-1))
    locked = lock(clip, terrain)
    over = heights_over_planted(locked, terrain)[:, [1, 3]]
    over = over[clip.contacts[:, [1, 3]]]
    # Between heel and tip uneven ground may rise into the sole, which then rests on it.
    assert -1e-4 < over.min() and over.max() < (5e-3 if is_uneven(terrain) else 1e-4)
    assert drifts(locked).max() < 1e-4


def test_feet_already_planted_are_left_alone() -> None:
    clip = walking_clip()
    locked = lock(clip)
    held = clip.contacts
    np.testing.assert_array_equal(locked.contacts, clip.contacts)
    assert np.abs(feet(locked) - feet(clip))[held].max() < 1e-4
    assert (feet(locked) - feet(clip))[..., 1].min() > -0.005, "a swinging foot may rise"
    np.testing.assert_allclose(locked.root_positions, clip.root_positions, atol=1e-4)


def test_locking_twice_is_locking_once() -> None:
    once = lock(swaying_walk(), bumps())
    twice = lock(once, bumps())
    held = once.contacts
    assert np.abs(feet(twice) - feet(once))[held].max() < 1e-3
    assert np.abs(feet(twice) - feet(once)).max() < 0.02


def test_only_the_legs_turn_and_the_hips_only_rise_or_sink() -> None:
    clip = swaying_walk()
    locked = lock(clip, bumps())
    others = np.setdiff1d(np.arange(COMMON_SKELETON.joint_count), LEGS)
    np.testing.assert_array_equal(locked.rotations_wxyz[:, others], clip.rotations_wxyz[:, others])
    np.testing.assert_array_equal(locked.root_positions[:, [0, 2]], clip.root_positions[:, [0, 2]])
    assert np.abs(locked.root_positions - clip.root_positions).max() < 0.12


def test_bones_keep_their_length() -> None:
    locked = lock(swaying_walk(), bumps())
    np.testing.assert_allclose(np.linalg.norm(locked.rotations_wxyz, axis=-1), 1.0, atol=1e-4)
    positions, _ = forward_kinematics(COMMON_SKELETON, locked.root_positions, locked.rotations_wxyz)
    bones = np.linalg.norm(positions[:, 1:] - positions[:, COMMON_SKELETON.parents[1:]], axis=-1)
    desired = np.linalg.norm(COMMON_SKELETON.offsets[1:], axis=-1)
    assert np.abs(bones - desired).max() < 1e-4


@pytest.mark.parametrize("terrain", [FlatTerrain(), slope(-0.1), bumps()])
@pytest.mark.parametrize("height_m", [-0.06, 0.0])
def test_swinging_feet_stay_above_the_ground(terrain: Terrain, height_m: float) -> None:
    clip = swaying_walk(height_m=height_m)
    under = terrain.heights(clip.root_positions[:, [0, 2]])
    clip = moved(clip, np.stack((0 * under, under, 0 * under), axis=-1))
    assert heights_over_planted(clip, terrain).min() < -0.02, "the sample must sink"
    over = heights_over_planted(lock(clip, terrain), terrain)
    assert over[~clip.contacts].min() > -0.01
    assert over.min() > -0.025


def test_a_walk_on_air_is_not_pulled_down() -> None:
    clip = replace(moved(walking_clip(2), (0, 0.3, 0)), contacts=np.zeros((121, 4), bool))
    locked = lock(clip)
    np.testing.assert_allclose(feet(locked), feet(clip), atol=1e-4)
    np.testing.assert_array_equal(locked.root_positions, clip.root_positions)


def test_nothing_pops() -> None:
    clip = swaying_walk()
    before = np.diff(feet(clip), 2, axis=0)
    after = np.diff(feet(lock(clip)), 2, axis=0)
    # A planted foot starts and stops within frames anyway; locking may double that, not more.
    assert np.abs(after).max() < 2 * np.abs(before).max() + 0.01


def test_one_frame_without_contact_does_not_let_go() -> None:
    clip = moved(standing_clip(), np.linspace(0, 0.03, 120)[:, None] * np.array([1, 0, 1]))
    contacts = clip.contacts.copy()
    contacts[60] = False
    locked = lock(replace(clip, contacts=contacts))
    assert np.ptp(feet(locked), axis=0).max() < 1e-4


def test_a_toe_put_down_twice_under_a_standing_heel_is_one_place_for_the_heel() -> None:
    clip = moved(standing_clip(), np.linspace(0, 0.1, 120)[:, None] * np.array([0, 0, 1]))
    contacts = clip.contacts.copy()
    contacts[40:60, 1] = False
    locked = lock(replace(clip, contacts=contacts))
    assert drifts(replace(locked, contacts=contacts)).max() < 1e-4
    assert np.abs(heights_over_planted(locked, FlatTerrain())[contacts]).max() < 1e-3


def test_a_foot_left_behind_is_let_go() -> None:
    """The body walks on while a contact stays on: the hips neither sink to it nor tear."""
    clip = walking_clip(3)
    contacts = clip.contacts.copy()
    contacts[:, :2] = True
    locked = lock(replace(clip, contacts=contacts))
    assert locked.root_positions[:, 1].min() > clip.root_positions[:, 1].min() - 0.26
    assert np.isfinite(locked.rotations_wxyz).all()
    assert np.ptp(feet(locked)[:, 0, 2]) > 1.0, "the foot must come along"


@pytest.mark.parametrize("shift_m", np.linspace(0.0, 0.3, 7).tolist())
@pytest.mark.parametrize("rise_m", [0.15, -0.15])
def test_the_whole_sole_stands_on_one_tread(shift_m: float, rise_m: float) -> None:
    terrain = Steps(rise_m, 0.33)
    clip = standing_clip(60, sunk_m=0.2)
    clip = moved(clip, (0, 0, shift_m))
    under = terrain.heights(feet(clip)[0, 1, [0, 2]])
    locked = lock(moved(clip, (0, under, 0)), terrain)
    places = feet(locked)[30]
    for heel, toe in ((0, 1), (2, 3)):
        along = places[toe, 2] + SOLE_M * np.sign(places[toe, 2] - places[heel, 2])
        sole = terrain.heights(np.stack((0 * along, along), axis=-1))
        assert np.ptp(sole) < 1e-6, f"the sole spans {np.ptp(sole):.2f} m of height"
    assert np.abs(heights_over_planted(locked, terrain)[30]).max() < 1e-3


@pytest.mark.parametrize("tread_m", [0.22, 0.26])
@pytest.mark.parametrize("rise_m", [0.18, -0.18])
def test_a_sole_overhangs_a_short_tread_and_is_in_no_riser(tread_m: float, rise_m: float) -> None:
    terrain = Steps(rise_m, tread_m)
    for shift_m in np.arange(0.0, tread_m, 0.02):
        clip = moved(standing_clip(60, sunk_m=0.2), (0, 0, shift_m))
        under = terrain.heights(feet(clip)[0, 1, [0, 2]])
        places = feet(lock(moved(clip, (0, under, 0)), terrain))[30]
        for heel, toe in ((0, 1), (2, 3)):
            along = places[toe, 2] + SOLE_M * np.sign(places[toe, 2] - places[heel, 2])
            sole = terrain.heights(np.stack((0 * along, along), axis=-1))
            stands = terrain.heights(places[[heel, toe]][:, [0, 2]])
            assert np.ptp(stands) < 1e-6, f"{shift_m:.2f}: heel and ball on two treads"
            assert sole.max() < stands[0] + 1e-6, f"{shift_m:.2f}: in a riser"


def test_level_ground_does_not_shift_a_foot() -> None:
    clip = moved(standing_clip(60), (0, 0, 0.3))
    np.testing.assert_allclose(feet(lock(clip)), feet(clip), atol=1e-4)


@pytest.mark.parametrize("turn_rad", [0.7, -2.5])
def test_turning_and_shifting_the_world_changes_nothing_else(turn_rad: float) -> None:
    clip, offset = swaying_walk(3), (3.0, 0.4, -2.0)
    there = lock(moved(clip, offset, turn_rad), FlatTerrain(0.4))
    here = moved(lock(clip), offset, turn_rad)
    np.testing.assert_allclose(feet(there), feet(here), atol=2e-3)


def test_left_and_right_are_treated_alike() -> None:
    """The sample's right side does half a cycle later what its left side did."""
    locked = feet(lock(walking_clip(6)))
    left, right = locked[120:240, :2], locked[150:270, 2:]
    np.testing.assert_allclose(
        right - left, np.broadcast_to(right[0] - left[0], left.shape), atol=2e-3
    )


def test_several_motions_together_are_each_alone() -> None:
    clips = [swaying_walk(3), walking_clip(1, 0.5), swaying_walk(4, 0.3), standing_clip(7)]
    terrain = Steps(0.02, 0.3)
    held = lock_feet(
        COMMON_SKELETON,
        np.concatenate([clip.root_positions for clip in clips]),
        np.concatenate([clip.rotations_wxyz for clip in clips]),
        np.concatenate([clip.contacts for clip in clips]),
        terrain,
        motions=Segments.of(*(clip.frame_count for clip in clips)),
    )
    alone = [lock(clip, terrain) for clip in clips]
    for name in ("root_positions", "rotations_wxyz", "contacts"):
        expected = np.concatenate([getattr(each, name) for each in alone])
        np.testing.assert_array_equal(getattr(held, name), expected)


class CountingGround:
    """Level ground that counts how often and for how many places it is asked."""

    def __init__(self) -> None:
        self.calls, self.places = 0, 0

    def heights(self, xz: Floats) -> Floats:
        self.calls, self.places = self.calls + 1, self.places + int(np.prod(xz.shape[:-1]))
        return np.zeros(xz.shape[:-1], np.float32)


def test_a_long_walk_asks_as_often_and_for_no_more_places_a_frame() -> None:
    counts = []
    for cycles in (5, 50):
        ground = CountingGround()
        lock(swaying_walk(cycles), ground)
        counts.append((ground.calls, ground.places / (60 * cycles)))
    (calls, places), (long_calls, long_places) = counts
    assert long_calls <= calls + 4
    assert long_places < 1.1 * places


def test_memory_grows_with_the_length_of_a_walk_not_with_its_square() -> None:
    peaks = []
    for cycles in (20, 80):
        clip = swaying_walk(cycles)
        lock(clip)
        tracemalloc.start()
        lock(clip)
        peaks.append(tracemalloc.get_traced_memory()[1] / clip.frame_count)
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
