"""Legs meet their paws, never stretch, never flip, and come to full extension softly."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.legs import (
    LEG_JOINTS,
    clip_of_pose,
    folding_styles,
    solve_legs,
    styles_of,
    upright_blades,
)
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS, PAWS
from tests.quadruped.plan.animals import animal

FAMILIES = list(Family)


def still_trunk(body: QuadrupedBody, frames: int, sunk: float) -> tuple[Floats, Floats]:
    """Hips and chest as standing, a little lower."""
    ends = np.repeat(body.rest_m[[HIPS, CHEST]][None], frames, axis=0)
    turns = np.zeros((frames, 2, 4), np.float32)
    turns[..., 0] = 1.0
    return ends - np.array([0.0, sunk, 0.0], np.float32), turns


def circling(body: QuadrupedBody, frames: int, way: float, lift: float) -> Floats:
    """Paws that step to and fro, (frames, 4, 3)."""
    turn = np.linspace(0, 2 * np.pi, frames)[:, None]
    paws = np.repeat(body.rest_m[list(PAWS)][None].astype(np.float64), frames, axis=0)
    middle = body.rest_m[[leg.joints[0] for leg in LEGS], 2]
    paws[..., 2] = middle + way * np.cos(turn)
    paws[..., 1] += lift * np.maximum(np.sin(turn), 0.0)
    return paws


@pytest.mark.parametrize("family", FAMILIES)
def test_standing_gives_the_standing_legs_back(family: Family) -> None:
    body = animal(family)
    ends, turns = still_trunk(body, 1, 0.0)
    legs = solve_legs(body, ends, turns, body.rest_m[list(PAWS)][None])
    # A front leg that stands quite straight is bent a little by the soft full extension.
    assert np.abs(legs.positions_m[0] - body.rest_m[LEG_JOINTS]).max() < 0.025
    assert np.abs(legs.positions_m[0, [0, 2]] - body.rest_m[LEG_JOINTS[[0, 2]]]).max() < 0.003
    assert legs.lacking_m.max() < 0.001


@pytest.mark.parametrize("family", FAMILIES)
def test_paws_within_reach_are_met_by_the_clip_without_stretching(family: Family) -> None:
    body = animal(family)
    ends, turns = still_trunk(body, 200, 0.03)
    paws = circling(body, 200, 0.15, 0.06)
    legs = solve_legs(body, ends, turns, paws, folding_styles(body, ends, turns, paws))
    trunk = np.zeros((200, 11, 4), np.float32)
    trunk[..., 0] = 1.0
    clip = clip_of_pose(body, ends[:, 0], trunk, legs, 60.0)
    positions, _ = forward_kinematics(body.skeleton, clip.root_positions, clip.rotations_wxyz)
    assert np.abs(positions[:, list(PAWS)] - paws).max() < 1e-4
    assert np.abs(positions[:, LEG_JOINTS] - legs.positions_m).max() < 1e-4
    bones = np.linalg.norm(np.diff(legs.positions_m, axis=2), axis=-1)
    assert np.abs(bones - body.segments_m).max() < 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_knees_bend_to_their_side_wherever_the_paw_goes(family: Family) -> None:
    body = animal(family)
    ends, turns = still_trunk(body, 400, 0.03)
    for way, lift in ((0.1, 0.05), (0.3, 0.15), (0.45, 0.05)):
        paws = circling(body, 400, way, lift)
        legs = solve_legs(body, ends, turns, paws).positions_m
        assert np.isfinite(legs).all()
        for number, leg in enumerate(LEGS):
            top, middle = (1, 2) if leg.fore else (0, 1)
            end = 3 if leg.fore else 2
            line = legs[:, number, end] - legs[:, number, top]
            off = legs[:, number, middle] - legs[:, number, top]
            side = off[:, 2] * line[:, 1] - off[:, 1] * line[:, 2]  # about +X
            forward = bool(body.bends_forward[number]) if leg.fore else True
            assert ((side if forward else -side) < 1e-5).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_legs_move_smoothly_through_full_extension(family: Family) -> None:
    body = animal(family)
    ends, turns = still_trunk(body, 600, 0.0)
    paws = circling(body, 600, 0.3, 0.1)
    legs = solve_legs(body, ends, turns, paws).positions_m
    steps = np.linalg.norm(np.diff(legs, axis=0), axis=-1).max()
    assert steps < 8 * np.linalg.norm(np.diff(paws, axis=0), axis=-1).max()


def test_a_paw_out_of_reach_is_lacked_not_stretched_to() -> None:
    body = animal(Family.HOOFED)
    ends, turns = still_trunk(body, 1, 0.0)
    paws = body.rest_m[list(PAWS)][None] - np.array([0.0, 0.2, 0.0])
    legs = solve_legs(body, ends, turns, paws)
    assert (legs.lacking_m > 0.1).all()
    bones = np.linalg.norm(np.diff(legs.positions_m, axis=2), axis=-1)
    assert np.abs(bones - body.segments_m).max() < 1e-4


def test_style_angles_are_found_again_in_the_legs() -> None:
    body = animal(Family.CANINE)
    ends, turns = still_trunk(body, 50, 0.04)
    paws = circling(body, 50, 0.08, 0.03)
    styles = np.full((50, 4), 0.15)
    legs = solve_legs(body, ends, turns, paws, styles)
    joints = np.repeat(body.rest_m[None], 50, axis=0)
    joints[:, LEG_JOINTS] = legs.positions_m
    assert np.abs(styles_of(body, joints, turns) - styles).max() < 0.01


def test_stifle_and_hock_fold_alike() -> None:
    body = animal(Family.HOOFED)
    ends, turns = still_trunk(body, 30, 0.02)
    paws = np.repeat(body.rest_m[list(PAWS)][None].astype(np.float64), 30, axis=0)
    paws[..., 1] += np.linspace(0, 0.12, 30)[:, None]
    legs = solve_legs(body, ends, turns, paws, folding_styles(body, ends, turns, paws)).positions_m
    bones = np.diff(legs[:, 0], axis=1)
    bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
    stifle = np.arccos((bones[:, 0] * bones[:, 1]).sum(-1))
    hock = np.arccos((bones[:, 1] * bones[:, 2]).sum(-1))
    assert (stifle[-1] - stifle[0]) > 0.3
    assert abs((stifle[-1] - stifle[0]) - (hock[-1] - hock[0])) < 0.05


def test_the_blade_keeps_a_standing_leg_straight() -> None:
    body = animal(Family.HOOFED)
    ends, turns = still_trunk(body, 1, 0.03)
    paws = body.rest_m[list(PAWS)][None]
    straight = np.full((1, 4), 0.995)
    styles = upright_blades(body, ends, turns, paws, straight)
    bent = solve_legs(body, ends, turns, paws).positions_m
    held = solve_legs(body, ends, turns, paws, styles).positions_m
    reach = [np.linalg.norm(legs[0, 1, 3] - legs[0, 1, 1]) for legs in (bent, held)]
    assert reach[1] > reach[0]
    assert reach[1] > 0.98 * body.segments_m[1, 1:].sum()
