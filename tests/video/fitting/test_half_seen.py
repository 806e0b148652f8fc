"""People of whom only a part is in the picture, and lifted bodies that nobody can look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.fitting.contradicted import believable, unlike
from blender_addon.core.video.fitting.feet import foot_places, stand_on_ground
from blender_addon.core.video.points import JOINTS, LANDMARKS
from blender_addon.core.video.request import FitRequest
from tests.video.fitting.stand_in import Filmed, camera_at, film, mpjpe_mm, stroll

LEGS = [
    n for n, name in enumerate(LANDMARKS) if name.endswith(("knee", "ankle", "heel", "foot_index"))
]
UPPER = [n for n, name in enumerate(JOINTS) if "Leg" not in name and "Foot" not in name]


def joints_of_fit(fitted) -> np.ndarray:
    body = Body(fitted.clip.skeleton)
    return body.joints(fitted.clip.root_positions, fitted.clip.rotations_wxyz)


@pytest.fixture(scope="module")
def filmed() -> Filmed:
    return film(stroll(90), camera_at(90))


def turned_round(filmed: Filmed, frames: slice) -> Filmed:
    """The same with joints that were lifted back to front, hardly any width being left."""
    joints = filmed.lifted.joints_m.copy()
    joints[frames] *= np.array([-0.2, 1.0, -1.0], np.float32)
    return replace(filmed, lifted=replace(filmed.lifted, joints_m=joints))


def without_legs(filmed: Filmed, shorter: float = 1.0, visibility: float = 0.1) -> Filmed:
    """The same with legs that the tracker only guesses, and guesses too short."""
    seen = filmed.tracked.visibility.copy()
    seen[:, LEGS] = visibility
    joints, sure = filmed.lifted.joints_m.copy(), filmed.lifted.confidence.copy()
    for side in ("Left", "Right"):
        hip, knee, ankle = (JOINTS.index(side + part) for part in ("UpLeg", "Leg", "Foot"))
        joints[:, [knee, ankle]] = (
            joints[:, [hip]] + (joints[:, [knee, ankle]] - joints[:, [hip]]) * shorter
        )
        sure[:, [knee, ankle]] = visibility
    return replace(
        filmed,
        tracked=replace(filmed.tracked, visibility=seen),
        lifted=replace(filmed.lifted, joints_m=joints, confidence=sure),
    )


class TestContradicted:
    def test_a_body_like_the_picture_is_left_as_it_is(self, filmed):
        there = filmed.lifted.joints_m.astype(np.float64)
        points = filmed.camera.project(filmed.joints)
        weights = np.ones(there.shape[:2])
        assert unlike(there, points, weights).max() < 0.1
        made, given_up = believable(there, 0.9 * there, points, weights, 30.0)
        assert made is there
        assert not given_up.any()

    def test_a_mirrored_body_is_unlike(self, filmed):
        there = filmed.lifted.joints_m * np.array([-1.0, 1.0, 1.0])
        points = filmed.camera.project(filmed.joints)
        assert unlike(there, points, np.ones(there.shape[:2])).min() > 0.2

    def test_what_cannot_be_told_is_not_doubted(self, filmed):
        there = -filmed.lifted.joints_m.astype(np.float64)
        weights = np.zeros(there.shape[:2])
        weights[:, :2] = 1.0
        assert not unlike(there, filmed.camera.project(filmed.joints), weights).any()

    @pytest.mark.parametrize("frames", [slice(None), slice(30, 60)])
    def test_who_is_lifted_back_to_front_still_does_as_in_the_film(self, filmed, frames):
        wrong = turned_round(filmed, frames)
        fitted = fit_body(wrong.tracked, wrong.lifted, FitRequest())
        plain = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        assert mpjpe_mm(joints_of_fit(fitted), joints_of_fit(plain)) < 45.0


class TestLegsOutside:
    def test_guessed_legs_do_not_tell_how_large_somebody_is(self, filmed):
        half = without_legs(filmed, shorter=0.8)
        fitted = fit_body(half.tracked, half.lifted, FitRequest())
        seen = fitted.points_px[:, UPPER] - filmed.camera.project(filmed.joints)[:, UPPER]
        torso = np.linalg.norm(
            filmed.camera.project(filmed.joints)[:, JOINTS.index("Neck")]
            - filmed.camera.project(filmed.joints)[:, JOINTS.index("LeftUpLeg")],
            axis=-1,
        )
        assert np.median(np.linalg.norm(seen, axis=-1) / torso[:, None]) < 0.06


def test_nobody_flies_while_no_foot_is_seen():
    """Somebody comes in half: legs that are guessed too short are no jump."""
    clip = stroll(90)
    root = clip.root_positions.copy()
    root[42:54, 1] += 0.3
    jumps = replace(clip, root_positions=root)
    seen = np.ones(90)
    for believed, low, high in ((np.ones(90), 0.15, 0.5), (np.zeros(90), -0.01, 0.03)):
        settled = stand_on_ground(jumps, FlatTerrain(), seen, believed)
        feet = foot_places(settled)[..., 1] - PLANTED_HEIGHTS_M
        assert low < feet.min(axis=1)[44:52].max() < high
