"""Synthesised animals keep their feet, bones and plan; loops, bodies and sets are whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.quadruped.bodies import find_bodies
from backend.quadruped.loops import read_loops
from backend.quadruped.manner import Styles
from backend.quadruped.prepare import Recipe, Studio, open_studio, plan_recipes, prepare
from backend.quadruped.sequence import Sequence
from backend.quadruped.standing import Stills
from backend.quadruped.store import load_sequence, read_index, save_sequence
from backend.quadruped.synthesis import synthesise
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.ground.path import Stop
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import ACTIONS, Action
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import ActionMark, QuadrupedRequest
from blender_addon.core.quadruped.root import root_of
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS, NECK, PARENTS, PAWS
from tests.quadruped.plan.animals import animal, line, ramp


@pytest.fixture(scope="module")
def data(data_dir: Path) -> Path:
    folder = data_dir / "quadruped"
    if not folder.is_dir():
        pytest.skip("no animals among the data")
    return folder


@pytest.fixture(scope="module")
def manners(data: Path) -> tuple[Styles, Stills]:
    studio = open_studio(data)
    return studio.styles, studio.stills


def made(
    request: QuadrupedRequest, manners: tuple[Styles, Stills], seed: int = 3
) -> tuple[Sequence, Floats]:
    """A sequence and its joints (T, 27, 3)."""
    rng = np.random.default_rng(seed)
    plan = plan_request(request)
    sequence = synthesise(
        plan, request.body, "made up", request.terrain, *manners, rng, "test", "train"
    )
    clip = sequence.clip
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return sequence, positions.astype(np.float64)


@pytest.fixture(scope="module", params=list(Family), ids=lambda family: family.value)
def through_the_gaits(
    request: pytest.FixtureRequest, manners: tuple[Styles, Stills]
) -> tuple[Sequence, Floats]:
    return made(QuadrupedRequest(animal(request.param), ramp(40.0)), manners)


def test_feet_stand_still_on_their_prints(through_the_gaits: tuple[Sequence, Floats]) -> None:
    sequence, positions = through_the_gaits
    stands = np.asarray(sequence.clip.contacts)
    both = stands[1:] & stands[:-1]
    slip = np.linalg.norm(np.diff(positions[:, list(PAWS)], axis=0), axis=-1)[both] * 60
    assert slip.mean() < 0.01
    assert both.mean() > 0.25
    off = np.linalg.norm(positions[:, list(PAWS)] - sequence.footfalls.paws_m, axis=-1)
    assert off[stands].max() < 0.005


def test_contacts_are_as_planned(through_the_gaits: tuple[Sequence, Floats]) -> None:
    sequence, _ = through_the_gaits
    planned = sequence.footfalls.contacts
    assert (np.asarray(sequence.clip.contacts) == planned).mean() > 0.98


def test_bones_keep_their_length(through_the_gaits: tuple[Sequence, Floats]) -> None:
    sequence, positions = through_the_gaits
    bones = np.linalg.norm(positions[:, 1:] - positions[:, PARENTS[1:]], axis=-1)
    wanted = np.linalg.norm(sequence.body.skeleton.offsets[1:], axis=-1)
    assert np.abs(bones - wanted).max() < 1e-4


def test_the_trunk_goes_along_the_plan(through_the_gaits: tuple[Sequence, Floats]) -> None:
    sequence, positions = through_the_gaits
    root = root_of(positions)
    off = np.linalg.norm(root[:, :2] - sequence.plan.positions_xz, axis=-1)
    assert off.mean() < 0.03
    assert sequence.root_track.shape == (len(positions), 3)


def test_nothing_pops(through_the_gaits: tuple[Sequence, Floats]) -> None:
    """From frame to frame no joint turns by more than a fast front leg does."""
    sequence, _ = through_the_gaits
    inner = [n for n in range(len(PARENTS)) if n not in PAWS]
    q = sequence.clip.rotations_wxyz[:, inner].astype(np.float64)
    turn = 2 * np.arccos(np.clip(np.abs((q[1:] * q[:-1]).sum(-1)), 0, 1)) * 60
    trunk = turn[:, : NECK[-1] + 1]
    assert trunk.max() < 20.0
    assert turn.max() < 75.0


def test_a_trot_bounces_twice_a_stride(manners: tuple[Styles, Stills]) -> None:
    sequence, positions = made(QuadrupedRequest(animal(Family.HOOFED), line(14.0, 1.0)), manners)
    middle = slice(len(positions) // 2 - 90, len(positions) // 2 + 90)
    height = positions[middle, HIPS, 1] - positions[middle, HIPS, 1].mean()
    strides = np.ptp(sequence.footfalls.strides[middle])
    peaks = (height[1:-1] > height[:-2]) & (height[1:-1] >= height[2:]) & (height[1:-1] > 0.004)
    assert abs(peaks.sum() / strides - 2.0) < 0.5
    assert 0.01 < np.ptp(height) < 0.08


def test_the_same_seed_gives_the_same_motion(manners: tuple[Styles, Stills]) -> None:
    request = QuadrupedRequest(animal(Family.CANINE), line(3.0, 0.2))
    first, second, other = (made(request, manners, seed)[1] for seed in (5, 5, 6))
    assert np.allclose(first, second, atol=1e-6)
    assert np.abs(first - other).max() > 0.005


@pytest.mark.parametrize("family", list(Family))
def test_what_is_done_standing(family: Family, manners: tuple[Styles, Stills]) -> None:
    marks = (
        ActionMark(1.0, Action.SIT, 4.0),
        ActionMark(2.0, Action.LIE, 4.5),
        ActionMark(3.0, Action.EAT, 4.0),
    )
    sequence, positions = made(
        QuadrupedRequest(animal(family), line(4.0, 0.2, Stop(3.5, 1.0)), marks=marks), manners
    )
    h = 0.5
    done = {a: sequence.plan.actions[:, n] > 0.99 for n, a in ((8, "sit"), (9, "lie"), (10, "eat"))}
    rest = sequence.body.rest_m
    hips = positions[:, HIPS, 1]
    assert hips[done["sit"]].min() < rest[HIPS, 1] - 0.3 * h
    assert hips[done["lie"]].min() < rest[HIPS, 1] - 0.35 * h
    nose = positions[:, NECK[-1], 1]
    assert nose[done["eat"]].min() < nose[:20].mean() - 0.6 * h
    assert nose.min() > 0.0
    knees = [joint for leg in LEGS for joint in leg.joints]
    assert positions[:, knees, 1].min() > -0.03
    stands = np.asarray(sequence.clip.contacts)
    both = stands[1:] & stands[:-1]
    slip = np.linalg.norm(np.diff(positions[:, list(PAWS)], axis=0), axis=-1) * 60
    assert slip[both].max() < 0.3


@pytest.mark.parametrize("family", list(Family))
def test_the_mouth_eats_at_the_ground(family: Family, manners: tuple[Styles, Stills]) -> None:
    marks = (ActionMark(1.0, Action.EAT, 4.0),)
    sequence, positions = made(
        QuadrupedRequest(animal(family), line(2.0, 0.2), marks=marks), manners
    )
    eats = np.flatnonzero(sequence.plan.actions[:, ACTIONS.index(Action.EAT.value)] > 0.99)
    held = positions[eats[len(eats) // 3 : 2 * len(eats) // 3]]
    nose, head = held[:, NECK[-1]], held[:, NECK[-2]]
    assert nose[:, 1].min() > 0.0
    assert nose[:, 1].min() < 0.06 * 0.5
    assert nose[:, 1].max() < 0.15 * 0.5
    assert (head[:, 1] - nose[:, 1]).min() > 0.5 * np.linalg.norm(head - nose, axis=-1).max()


def test_the_head_looks_to_both_sides(manners: tuple[Styles, Stills]) -> None:
    marks = (ActionMark(1.0, Action.LOOK, 4.0),)
    body = animal(Family.HOOFED)
    sequence, positions = made(QuadrupedRequest(body, line(2.0, 0.2), marks=marks), manners)
    looks = sequence.plan.actions[:, ACTIONS.index(Action.LOOK.value)] > 0.9
    head = positions[:, NECK[-1]] - positions[:, NECK[-2]]
    turned = np.degrees(np.arctan2(head[:, 0], head[:, 2]))[looks]
    assert 35 < turned.max() < 75
    assert -75 < turned.min() < -35
    assert np.abs(np.diff(turned)).max() < 5


@pytest.mark.parametrize("family", list(Family))
def test_it_stands_on_its_feet_as_at_rest(family: Family, manners: tuple[Styles, Stills]) -> None:
    body = animal(family)
    _, positions = made(QuadrupedRequest(body, line(2.0, 0.2)), manners)
    for frame in (5, len(positions) - 5):
        joints = positions[frame]
        away = joints - joints[[HIPS, CHEST]].mean(axis=0)
        stood = body.rest_m - body.rest_m[[HIPS, CHEST]].mean(axis=0)
        ahead = (away - stood)[:, 2]
        assert np.abs(ahead[list(PAWS)]).max() < 0.03 * 0.5
        if family is Family.HOOFED:
            knees = [leg.joints[2] for leg in LEGS if leg.fore]
            assert np.abs(ahead[knees]).max() < 0.05 * 0.5


@pytest.mark.parametrize("family", list(Family))
def test_fast_hind_feet_pass_outside_the_front_ones(
    family: Family, manners: tuple[Styles, Stills]
) -> None:
    sequence, positions = made(QuadrupedRequest(animal(family), line(14.0, 3.0)), manners)
    fast = sequence.plan.speeds_m_s > 0.9 * sequence.plan.speeds_m_s.max()
    wide = [
        np.median(np.abs(positions[fast & sequence.clip.contacts[:, n], joint, 0]))  # type: ignore[index]
        for n, joint in enumerate(PAWS)
    ]
    assert min(wide[0], wide[2]) > max(wide[1], wide[3]) + 0.02 * 0.5


def test_loops_are_read_onto_the_common_skeleton(data: Path) -> None:
    loops = read_loops(data, {"horse_walk", "fox2_run", "horse2_walk"}.__contains__)
    assert set(loops) == {"horse_walk", "fox2_run", "horse2_walk"}
    for loop in loops.values():
        assert loop.clip.frame_rate_hz == 60.0
        assert 10 < loop.cycle_frames < 100
        positions, _ = forward_kinematics(
            loop.clip.skeleton, loop.clip.root_positions, loop.clip.rotations_wxyz
        )
        count = round(loop.cycle_frames)
        away = positions - positions[:, :1] * np.array([1, 0, 1])
        assert np.abs(away[count] - away[0]).max() < 0.08
        assert positions[..., 1].min() > -0.05


def test_bodies_stand_square_and_the_unseen_are_apart(data: Path) -> None:
    bodies = find_bodies(data)
    assert len({each.name for each in bodies}) == len(bodies) >= 25
    assert [each.name for each in bodies if each.name == "deer"] == ["deer"]
    assert all(each.split == "test" for each in bodies if each.name == "deer")
    assert sum(each.split == "train" for each in bodies) >= 20
    for each in bodies:
        assert abs(each.body.hip_height_m - 0.5) < 1e-4
        assert (each.body.paw_heights_m < 0.03).all()
        assert np.abs(each.body.rest_m[[0, 1, 2, 3], 0]).max() < 1e-6


def test_a_sequence_is_stored_and_read_again(data: Path, tmp_path: Path) -> None:
    sequence = open_studio(data).make(Recipe("train", "turns", 3, 11))
    save_sequence(sequence, tmp_path / "one.npz")
    again = load_sequence(tmp_path / "one.npz")
    assert again.body_name == sequence.body_name
    assert np.allclose(again.clip.rotations_wxyz, sequence.clip.rotations_wxyz)
    assert np.allclose(again.plan.positions_xz, sequence.plan.positions_xz)
    assert np.array_equal(again.footfalls.contacts, sequence.clip.contacts)
    if isinstance(sequence.terrain, FlatTerrain):
        assert isinstance(again.terrain, FlatTerrain)
    (tmp_path / "two.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="prepare quadruped"):
        load_sequence(tmp_path / "two.npz")


def test_preparing_goes_on_where_it_was_stopped(data: Path, tmp_path: Path) -> None:
    rows = prepare(data, tmp_path, 0.01, 1, 4)
    assert {row["split"] for row in rows} == {"train", "val", "test"}
    assert len(rows) == len(plan_recipes(0.01, 4))
    kept = tmp_path / rows[0]["file"]
    lost = tmp_path / rows[1]["file"]
    written, before = kept.stat().st_mtime_ns, load_sequence(lost)
    lost.unlink()
    assert prepare(data, tmp_path, 0.01, 1, 4) == rows
    assert kept.stat().st_mtime_ns == written
    again = load_sequence(lost)
    assert np.allclose(again.clip.rotations_wxyz, before.clip.rotations_wxyz, atol=1e-5)
    assert len(list(read_index(tmp_path, "train"))) == sum(r["split"] == "train" for r in rows)
    assert not list(tmp_path.glob(".*part"))


def test_preparing_without_data_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--data"):
        Studio(tmp_path)
