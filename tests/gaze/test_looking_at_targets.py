"""Targets draw the eyes as they should, and what cannot be looked at is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import ClipError, GazeError, SettingsError
from blender_addon.core.gaze.clip import GazeClip
from blender_addon.core.gaze.eye_head_features import angles_to_directions
from blender_addon.core.gaze.measures import gaze_directions
from blender_addon.core.gaze.pipeline import (
    GazePipeline,
    GazeRequest,
    GazeResult,
    GazeSettings,
    GazeTarget,
)
from blender_addon.core.inference.session import ModelSession
from tests.gaze.samples import CUP_PLACE, looking, still, target, write_behaviour, write_eye_head

SECONDS, FRAMES = 60, 3600


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> GazePipeline:
    folder = tmp_path_factory.mktemp("gaze")
    paths = write_behaviour(folder), write_eye_head(folder)
    return GazePipeline(*(ModelSession(p, ["CPUExecutionProvider"], threads=1) for p in paths))


def shares(results: list[GazeResult], count: int) -> np.ndarray:
    """Share of the time of fixations at nothing in particular, then at every target."""
    time = np.zeros(count + 1)
    for result in results:
        rests = result.fixations
        time += np.bincount(rests.target + 1, rests.duration_s, count + 1)
    return time / time.sum()


def look(pipeline: GazePipeline, *targets: GazeTarget, seeds: int = 3, **more: object) -> list:
    requests = [replace(looking(SECONDS, *targets, **more), seed=n) for n in range(seeds)]
    return pipeline.generate(requests)


def one(pipeline: GazePipeline, request: GazeRequest) -> GazeResult:
    return pipeline.generate([request])[0]


def test_with_only_a_partner_its_weight_changes_nothing(pipeline: GazePipeline) -> None:
    light, heavy = (look(pipeline, target(FRAMES, weight=w), seeds=1)[0] for w in (0.1, 5.0))
    np.testing.assert_array_equal(light.clip.eyes_rad, heavy.clip.eyes_rad)
    # As the model says: a third of the fixations lie beside the face, by their weight.
    beside = (light.fixations.target == -1).mean()
    assert beside == pytest.approx(0.35, abs=0.12)


def test_objects_draw_looks_in_proportion_to_their_weight(pipeline: GazePipeline) -> None:
    found = {}
    for weight in (0.0, 0.3, 1.0):
        cup = target(FRAMES, "OBJECT", CUP_PLACE, weight)
        found[weight] = shares(look(pipeline, target(FRAMES), cup), 2)
    assert found[0.0][2] == 0
    assert 0.05 < found[0.3][2] < 0.7 * found[1.0][2]
    assert 0.5 < found[1.0][2] / found[1.0][1] < 1.8  # about as long as the partner


def test_an_object_is_regarded_and_a_distraction_glanced_at(pipeline: GazePipeline) -> None:
    def visits(kind: str) -> np.ndarray:
        aside = target(FRAMES, kind, (-0.8, 0.0, 1.2), 0.5)
        lengths = []
        for result in look(pipeline, target(FRAMES), aside):
            there = result.fixations.target == 1
            edges = np.flatnonzero(np.diff(np.concatenate(([0], there, [0]))))
            for start, stop in edges.reshape(-1, 2):
                rests = result.fixations
                lengths.append(
                    rests.onset_s[stop - 1] + rests.duration_s[stop - 1] - rests.onset_s[start]
                )
        return np.array(lengths)

    regarded, glanced = visits("OBJECT"), visits("DISTRACTION")
    assert len(regarded) > 10 and len(glanced) > 10
    assert 0.6 < np.median(regarded) < 2.0
    assert np.median(glanced) < 0.75 * np.median(regarded)


def test_several_partners_share_by_weight_and_are_not_mixed_up(pipeline: GazePipeline) -> None:
    left = target(FRAMES, place=(0.7, 0, 1.1), weight=2.0)
    right = target(FRAMES, place=(-0.7, 0, 1.1), weight=1.0)
    results = look(pipeline, left, right, seeds=4)
    found = shares(results, 2)
    assert 1.2 < found[1] / found[2] < 3.5
    yaw = results[0].fixations.direction_rad[:, 0]
    assert (yaw[results[0].fixations.target == 0] > 0.3).all()
    assert (yaw[results[0].fixations.target == 1] < -0.3).all()
    switches = np.count_nonzero(np.diff(results[0].fixations.target[yaw != 0]))
    assert switches > 4


def test_without_a_partner_the_heaviest_target_plays_it(pipeline: GazePipeline) -> None:
    cup = target(FRAMES, "OBJECT", CUP_PLACE, 1.0)
    lamp = target(FRAMES, "OBJECT", (-0.5, 0.5, 1.0), 0.4)
    found = shares(look(pipeline, lamp, cup), 2)
    assert found[2] > found[1] > 0.05
    alone = shares(look(pipeline, cup), 1)
    assert alone[1] > 0.4


def test_a_keyed_weight_is_obeyed(pipeline: GazePipeline) -> None:
    weight = np.zeros(FRAMES, np.float32)
    weight[1200:2400] = 1.0
    cup = replace(target(FRAMES, "OBJECT", CUP_PLACE), weights=weight)
    for result in look(pipeline, target(FRAMES), cup):
        rests = result.fixations
        there = rests.target == 1
        onset, end = rests.onset_s[there], (rests.onset_s + rests.duration_s)[there]
        assert there.any() and onset.min() > 20 and end.max() < 40.4
    late = replace(target(FRAMES), weights=weight)
    result = look(pipeline, late, seeds=1)[0]
    assert any("67% of the time every weight is 0" in text for text in result.warnings)
    assert (result.fixations.target[result.fixations.onset_s < 19] == -1).all()


@pytest.mark.parametrize("targets", [(), ("zero",)], ids=["no target", "weight 0"])
def test_nothing_to_look_at_is_said_and_looked_past(pipeline: GazePipeline, targets) -> None:
    listed = tuple(target(FRAMES, weight=0.0) for _ in targets)
    result = one(pipeline, replace(looking(SECONDS), targets=listed))
    assert len(result.warnings) == 1 and "nothing to look at" in result.warnings[0]
    assert (result.fixations.target == -1).all()
    looks = gaze_directions(result.clip)
    assert np.median(looks[:, 2]) > np.cos(np.deg2rad(15))  # about straight ahead


def test_a_partner_half_behind_is_looked_towards_within_limits(pipeline: GazePipeline) -> None:
    angle = np.deg2rad(125)
    place = (1.3 * np.sin(angle), 0.0, 1.3 * np.cos(angle))
    result = one(pipeline, looking(20, target(1200, place=place)))
    assert any("behind the character" in text for text in result.warnings)
    assert np.median(result.clip.head_offset_rad[:, 0]) > np.deg2rad(30)
    assert np.rad2deg(np.abs(result.clip.eyes_rad[..., 0]).max()) <= 45.001
    assert (result.fixations.target == 0).any()


def test_what_is_straight_behind_is_not_looked_at(pipeline: GazePipeline) -> None:
    back = target(1200, place=(0.02, 0.0, -1.3))
    cup = target(1200, "OBJECT", (0.1, -0.2, -0.5), 1.0)
    result = one(pipeline, looking(20, back, cup))
    assert len(result.warnings) == 2 and "not looked at" in result.warnings[0]
    assert (result.fixations.target == -1).all()
    assert np.rad2deg(np.abs(gaze_directions(result.clip)[:, 0])).max() < 45


def test_a_partner_walking_around_is_lost_behind_and_found_on_the_other_side(
    pipeline: GazePipeline,
) -> None:
    angle = 2 * np.pi * np.arange(FRAMES) / FRAMES
    track = 1.3 * np.stack((np.sin(angle), 0 * angle, np.cos(angle)), axis=-1)
    calm = GazeSettings(liveliness=0.0)
    moving = replace(target(FRAMES), positions=track.astype(np.float32))
    result = one(pipeline, looking(SECONDS, moving, settings=calm))
    looks = gaze_directions(result.clip)
    yaw = np.rad2deg(np.arctan2(looks[:, 0], looks[:, 2]))
    assert yaw[900] == pytest.approx(90, abs=3) and yaw[2700] == pytest.approx(-90, abs=3)
    assert abs(yaw[1800]) < 10
    steps = np.rad2deg(np.linalg.norm(np.diff(looks, axis=0), axis=-1))
    assert steps.max() * 60 < 800  # nothing pops


def test_two_targets_at_one_point_become_one(pipeline: GazePipeline) -> None:
    twin = target(FRAMES, "OBJECT", (0.001, 0.001, 1.3), 0.5, name="nose")
    result = one(pipeline, looking(SECONDS, target(FRAMES), twin))
    assert len(result.warnings) == 1 and "'nose' is where 'partner' is" in result.warnings[0]
    alone = one(pipeline, looking(SECONDS, target(FRAMES)))
    np.testing.assert_array_equal(result.clip.eyes_rad, alone.clip.eyes_rad)


@pytest.mark.parametrize("place", [(0, 0, 0), (0, -0.02, -0.05), (0.06, 0, -0.1), (0, 0, 0.015)])
def test_a_target_within_the_head_is_an_error(pipeline: GazePipeline, place) -> None:
    track = still((0, 0, 1.0), FRAMES)
    track[1800:] = place
    inside = replace(target(FRAMES, name="hand"), positions=track)
    with pytest.raises(GazeError, match=r"'hand' lies within the head at 30.00 s"):
        one(pipeline, looking(SECONDS, inside))
    unseen = replace(inside, weights=(np.arange(FRAMES) < 1800).astype(np.float32))
    assert one(pipeline, looking(SECONDS, unseen)).clip.frame_count == FRAMES


def test_a_giant_has_a_giant_s_head(pipeline: GazePipeline) -> None:
    near = looking(2, target(120, place=(0, 0, 0.2)))
    assert one(pipeline, near).clip.frame_count == 120
    with pytest.raises(GazeError, match="within the head"):
        one(pipeline, replace(near, eye_distance_m=0.63))


def spoil(values: np.ndarray, place: int = 7) -> np.ndarray:
    values = values.copy()
    values[place] = np.nan
    return values


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: replace(r, head_positions=r.head_positions[:0]), "0 frames"),
        (lambda r: replace(r, head_positions=spoil(r.head_positions)), "head's positions.*finite"),
        (lambda r: replace(r, head_rotations_wxyz=r.head_rotations_wxyz[:9]), "head's rotations"),
        (lambda r: replace(r, trunk_rotations_wxyz=spoil(r.head_rotations_wxyz)), "trunk.*finite"),
        (lambda r: replace(r, roles=r.roles[:5]), "one role for each"),
        (lambda r: replace(r, roles=r.roles + 3), "roles are 0 to 2"),
        (lambda r: replace(r, roles=r.roles.astype(float)), "whole numbers"),
        (lambda r: replace(r, targets=[replace(target(60), kind="WALL")]), "PARTNER, OBJECT"),
        (lambda r: replace(r, targets=[target(60, weight=-1.0)]), "falls to -1"),
        (lambda r: replace(r, targets=[target(61)]), r"positions of 'partner'.*\(60, 3\)"),
        (lambda r: replace(r, targets=[target(60, place=(np.nan, 0, 1))]), "'partner' hold"),
        (lambda r: replace(r, pivot_m=np.zeros(2)), "pivot"),
    ],
)
def test_bad_input_is_refused(pipeline: GazePipeline, change, says: str) -> None:
    with pytest.raises(GazeError, match=says):
        one(pipeline, change(looking(1)))


@pytest.mark.parametrize(
    "change",
    [
        {"settings": GazeSettings(liveliness=-1)},
        {"settings": GazeSettings(head_share=2.5)},
        {"settings": GazeSettings(blink_rate=float("nan"))},
        {"settings": GazeSettings(eye_limits_deg=(45.0, 0.0, 40.0))},
        {"eye_distance_m": 0.0},
        {"seed": -1},
    ],
)
def test_settings_out_of_range_are_refused(pipeline: GazePipeline, change) -> None:
    with pytest.raises(SettingsError):
        one(pipeline, looking(1, **change))


def test_one_frame_is_enough(pipeline: GazePipeline) -> None:
    clip = one(pipeline, looking(1 / 60)).clip
    assert clip.frame_count == 1 and clip.blinks[0] == 0
    assert gaze_directions(clip)[0] @ angles_to_directions(np.zeros(2)) > 0.8


def test_without_a_trunk_the_head_s_heading_serves(pipeline: GazePipeline) -> None:
    half = 0.5 * np.pi / 2
    turned = np.repeat(np.array([[np.cos(half), 0, np.sin(half), 0]], np.float32), 600, axis=0)
    to_left = looking(10, target(600, place=(1.3, 0, 0)))
    to_left = replace(to_left, head_rotations_wxyz=turned, trunk_rotations_wxyz=None)
    ahead = one(pipeline, replace(looking(10), trunk_rotations_wxyz=None))
    result = one(pipeline, to_left)
    np.testing.assert_allclose(gaze_directions(result.clip), gaze_directions(ahead.clip), atol=2e-4)


def test_a_gaze_clip_checks_itself() -> None:
    good = {
        "frame_rate_hz": 24.0,
        "eyes_rad": np.zeros((3, 2, 2)),
        "head_offset_rad": np.zeros((3, 2)),
        "blinks": np.zeros(3),
        "lids": np.zeros(3),
    }
    assert GazeClip(**good).duration_s == pytest.approx(2 / 24)
    for name, value in (
        ("frame_rate_hz", 0.0), ("eyes_rad", np.zeros((3, 2))), ("blinks", np.zeros(4)),
        ("lids", np.full(3, np.nan)), ("eyes_rad", np.zeros((0, 2, 2))),
    ):  # fmt: skip
        with pytest.raises(ClipError):
            GazeClip(**{**good, name: value})
