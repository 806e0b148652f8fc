"""The shipped model walks paths: arrives in time, stays on the ground, and one or many alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pytest

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.errors import (
    Cancelled,
    ContractError,
    PathError,
    SettingsError,
    TerrainError,
)
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.standing import MAX_STAND_S
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.inference.contract import ModelContract
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT
from blender_addon.core.walk.pipeline import (
    LocomotionPipeline,
    WalkRequest,
    WalkResult,
)
from blender_addon.core.walk.plan import plan_request
from tests.walk.samples import feet, heights_over_planted

MODEL = FilePath(__file__).resolve().parents[2] / "onnx_models" / "locomotion_biped.onnx"
Change = Callable[[ModelContract], ModelContract]


@dataclass(frozen=True)
class Stairs:
    """Steps up along +Z from z = 2 m on, then a landing."""

    rise_m: float = 0.15
    run_m: float = 0.3
    steps: int = 6

    def heights(self, xz: Floats) -> Floats:
        along = np.asarray(xz)[..., 1] - 2.0
        return self.rise_m * np.clip(np.floor(along / self.run_m) + 1, 0, self.steps)


def bumps() -> HeightField:
    places = np.arange(-3, 9, 0.1)
    samples = 0.15 * np.sin(1.4 * places[:, None] + 1) * np.cos(1.1 * places[None])
    return HeightField(np.array([-3.0, -3.0]), 0.1, samples)


def straight(length_m: float = 4.0, speed_m_s: float = 1.3, *stops: Stop) -> Path:
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], speed_m_s, stops=stops)


def arc() -> Path:
    angle = np.linspace(0, 1.5 * np.pi, 60)
    points = np.stack((2 * (1 - np.cos(angle)), 0 * angle, 2 * np.sin(angle)), axis=-1)
    return Path.from_points(points, 1.2)


WALKS = {
    "straight": WalkRequest(straight()),
    "jog": WalkRequest(straight(9.0, 2.8), seed=1),
    "arc": WalkRequest(arc(), seed=2),
    "corner": WalkRequest(Path.from_points([[0, 0, 0], [0, 0, 2.5], [2.5, 0, 2.5]])),
    "stop": WalkRequest(straight(4.0, 1.3, Stop(2.0, 1.0)), seed=3),
    "bumps": WalkRequest(straight(), bumps()),
    "stairs": WalkRequest(straight(5.0, 0.8), Stairs(), seed=4),
}


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return ModelSession(MODEL, ["CPUExecutionProvider"], threads=1)


@pytest.fixture(scope="module")
def pipeline(session: ModelSession) -> LocomotionPipeline:
    return LocomotionPipeline(session)


@pytest.fixture(scope="module")
def results(pipeline: LocomotionPipeline) -> dict[str, WalkResult]:
    """All walks of this file, as one batch."""
    return dict(zip(WALKS, pipeline.generate(list(WALKS.values())), strict=True))


def root_errors(result: WalkResult) -> Floats:
    return np.linalg.norm(result.root_track[:, :2] - result.desired_positions, axis=-1)


@pytest.mark.parametrize("name", WALKS)
def test_it_arrives_in_time_and_on_its_path(results: dict[str, WalkResult], name: str) -> None:
    result = results[name]
    assert result.reached_end
    assert root_errors(result).mean() < 0.15
    assert root_errors(result)[-1] < 0.3


@pytest.mark.parametrize("name", WALKS)
def test_every_array_has_its_shape_and_is_finite(results: dict[str, WalkResult], name: str) -> None:
    result, request = results[name], WALKS[name]
    plan = plan_request(request)
    frames = plan.frame_count
    assert result.clip.frame_rate_hz == MODEL_FRAME_RATE_HZ
    assert result.clip.skeleton == COMMON_SKELETON
    assert result.clip.root_positions.shape == (frames, 3)
    assert result.clip.contacts.shape == (frames, 4)
    for values, shape in (
        (result.root_track, (frames, 3)),
        (result.desired_positions, (frames, 2)),
        (result.desired_speeds_m_s, (frames,)),
        (result.path_distance_m, (frames,)),
        (result.clip.rotations_wxyz, (frames, COMMON_SKELETON.joint_count, 4)),
    ):
        assert values.shape == shape and np.isfinite(values).all()
    np.testing.assert_array_equal(result.desired_positions, plan.positions_xz)
    assert result.path_distance_m[-1] == pytest.approx(request.path.length_m, abs=1e-3)


@pytest.mark.parametrize("name", WALKS)
def test_the_body_stays_a_body(results: dict[str, WalkResult], name: str) -> None:
    clip, terrain = results[name].clip, WALKS[name].terrain
    np.testing.assert_allclose(np.linalg.norm(clip.rotations_wxyz, axis=-1), 1.0, atol=1e-4)
    assert (np.sum(clip.rotations_wxyz[1:] * clip.rotations_wxyz[:-1], axis=-1) > 0).all()
    hips = clip.root_positions
    over = hips[:, 1] - terrain.heights(hips[:, [0, 2]])
    assert 0.45 < over.min() and over.max() < 1.25
    positions, _ = forward_kinematics(clip.skeleton, hips, clip.rotations_wxyz)
    head = COMMON_SKELETON.index("Head")
    assert (positions[:, head, 1] > hips[:, 1] + 0.2).all()
    assert np.linalg.norm(hips[:, [0, 2]] - results[name].root_track[:, :2], axis=-1).max() < 0.4


@pytest.mark.parametrize("name", WALKS)
def test_feet_stay_above_the_ground(results: dict[str, WalkResult], name: str) -> None:
    places = feet(results[name].clip)
    sunk = WALKS[name].terrain.heights(places[..., [0, 2]]) - places[..., 1]
    assert sunk.max() < 0.03


@pytest.mark.parametrize("name", ["straight", "jog", "arc", "corner"])
def test_feet_on_level_ground_stand_at_their_height(
    results: dict[str, WalkResult], name: str
) -> None:
    clip = results[name].clip
    over = heights_over_planted(clip, FlatTerrain())
    assert over.min() > -0.03
    assert np.percentile(np.abs(over[clip.contacts]), 90) < 0.002


def test_planted_feet_do_not_slide(results: dict[str, WalkResult]) -> None:
    clip = results["straight"].clip
    speeds = np.linalg.norm(np.diff(feet(clip), axis=0), axis=-1) * MODEL_FRAME_RATE_HZ
    held = clip.contacts[1:] & clip.contacts[:-1]
    assert held.mean() > 0.3
    assert np.percentile(speeds[held], 90) < 0.01


def test_without_the_lock_it_is_the_networks_own_motion(
    pipeline: LocomotionPipeline, results: dict[str, WalkResult]
) -> None:
    (raw,) = pipeline.generate([WALKS["straight"]], foot_lock=False)
    locked = results["straight"]
    np.testing.assert_allclose(raw.root_track, locked.root_track, atol=1e-4)
    assert np.abs(raw.clip.rotations_wxyz - locked.clip.rotations_wxyz).max() > 0.01


def test_it_walks_rather_than_slides(results: dict[str, WalkResult]) -> None:
    """Both feet take turns in carrying, about a step each half metre or so."""
    contacts = results["straight"].clip.contacts
    for columns in ((0, 1), (2, 3)):
        carrying = contacts[:, columns].any(axis=1)
        assert 3 <= (carrying[1:] & ~carrying[:-1]).sum() <= 9


def test_while_standing_the_root_rests(results: dict[str, WalkResult]) -> None:
    result = results["stop"]
    steps = np.linalg.norm(np.diff(result.root_track[:, :2], axis=0), axis=-1)
    end = steps[-int(0.4 * MODEL_FRAME_RATE_HZ) :]
    assert end.max() * MODEL_FRAME_RATE_HZ < 0.05
    stopped = np.abs(result.path_distance_m - 2.0) < 0.02
    assert steps[stopped[1:]].mean() * MODEL_FRAME_RATE_HZ < 0.25


def test_three_together_are_three_alone(
    pipeline: LocomotionPipeline, results: dict[str, WalkResult]
) -> None:
    names = ["straight", "arc", "stairs"]
    together = pipeline.generate([WALKS[name] for name in names])
    for name, beside in zip(names, together, strict=True):
        (alone,) = pipeline.generate([WALKS[name]])
        for other in (beside, results[name]):
            np.testing.assert_allclose(other.root_track, alone.root_track, atol=1e-4)
            np.testing.assert_allclose(
                other.clip.root_positions, alone.clip.root_positions, atol=1e-4
            )
            np.testing.assert_allclose(
                other.clip.rotations_wxyz, alone.clip.rotations_wxyz, atol=1e-4
            )


def test_the_same_request_gives_the_same_bits(pipeline: LocomotionPipeline) -> None:
    one, two = (pipeline.generate([WALKS["corner"]])[0] for _ in range(2))
    np.testing.assert_array_equal(one.clip.rotations_wxyz, two.clip.rotations_wxyz)


def test_another_seed_walks_in_another_manner(pipeline: LocomotionPipeline) -> None:
    walks = [WalkRequest(straight(2.0), seed=seed) for seed in (0, 1)]
    one, two = pipeline.generate(walks)
    assert np.abs(one.clip.rotations_wxyz - two.clip.rotations_wxyz).max() > 0.02


def test_ground_two_metres_up_is_the_same_walk_two_metres_up(
    pipeline: LocomotionPipeline,
) -> None:
    low, high = pipeline.generate(
        [WalkRequest(straight(3.0), FlatTerrain(height)) for height in (0.0, 2.0)]
    )
    np.testing.assert_allclose(
        high.clip.root_positions - low.clip.root_positions,
        np.tile([0, 2, 0], (low.clip.frame_count, 1)),
        atol=1e-4,
    )
    np.testing.assert_allclose(high.clip.rotations_wxyz, low.clip.rotations_wxyz, atol=1e-3)


def test_which_way_one_walks_does_not_matter(pipeline: LocomotionPipeline) -> None:
    north = WalkRequest(straight(3.0))
    east = WalkRequest(Path.from_points([[7, 0, -2], [10, 0, -2]]))
    one, two = pipeline.generate([north, east])
    there = two.root_track[:, :2] - [7, -2]
    np.testing.assert_allclose(there[:, 0], one.root_track[:, 1], atol=5e-3)
    np.testing.assert_allclose(there[:, 1], -one.root_track[:, 0], atol=5e-3)


def test_a_sampled_ground_is_the_ground_it_was_sampled_from(pipeline: LocomotionPipeline) -> None:
    sampled = HeightField(np.array([-2.0, -2.0]), 0.5, np.full((12, 16), 0.7))
    one, two = pipeline.generate(
        [WalkRequest(straight(2.0), ground) for ground in (FlatTerrain(0.7), sampled)]
    )
    np.testing.assert_allclose(one.root_track, two.root_track, atol=1e-3)


def test_nobody_is_nothing(pipeline: LocomotionPipeline) -> None:
    assert pipeline.generate([]) == []


def test_progress_rises_from_nothing_to_all(pipeline: LocomotionPipeline) -> None:
    told: list[float] = []
    pipeline.generate([WALKS["corner"]] * 2, on_progress=lambda share: not told.append(share))
    assert told[0] == 0.0 and told[-1] == 1.0
    assert told == sorted(told) and len(told) > 10


@pytest.mark.parametrize("at_call", [0, 3, -1])
def test_it_can_be_cancelled_at_any_time(pipeline: LocomotionPipeline, at_call: int) -> None:
    calls: list[float] = []
    pipeline.generate([WALKS["straight"]], on_progress=lambda share: not calls.append(share))
    last = at_call % len(calls)
    again: list[float] = []

    def until_then(share: float) -> bool:
        again.append(share)
        return len(again) <= last

    with pytest.raises(Cancelled):
        pipeline.generate([WALKS["straight"]], on_progress=until_then)
    assert len(again) == last + 1


def test_too_fast_is_refused_with_the_limit(pipeline: LocomotionPipeline) -> None:
    fastest = pipeline.max_speed_m_s
    with pytest.raises(PathError, match=f"{fastest:g} m/s.*Lower the speed"):
        pipeline.generate([WALKS["arc"], WalkRequest(straight(4.0, 100.0))])


@pytest.mark.parametrize("seconds", [-1.0, MAX_STAND_S + 1, np.nan, np.inf])
@pytest.mark.parametrize("which", ["stand_before_s", "stand_after_s"])
def test_standing_takes_a_sensible_time(
    pipeline: LocomotionPipeline, which: str, seconds: float
) -> None:
    with pytest.raises(SettingsError, match="standing time"):
        pipeline.generate([WalkRequest(straight(), **{which: seconds})])


def test_a_hole_in_the_way_is_named(pipeline: LocomotionPipeline) -> None:
    samples = np.zeros((60, 60))
    samples[20:24, 40:44] = np.nan
    hole = HeightField(np.array([-2.0, -2.0]), 0.1, samples)
    with pytest.raises(TerrainError, match="no ground"):
        pipeline.generate([WalkRequest(straight(), hole)])


class Recorder:
    """The real session, and what went in and came out."""

    def __init__(self, session: ModelSession) -> None:
        self.contract = session.contract
        self._session = session
        self.steps: list[tuple[Floats, Floats]] = []

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        answer = self._session.run(feeds)
        self.steps.append((feeds["features"].copy(), answer["prediction"].copy()))
        return answer


def record(session: ModelSession, request: WalkRequest) -> tuple[Floats, Floats, WalkResult]:
    recorder = Recorder(session)
    (result,) = LocomotionPipeline(recorder).generate([request])
    inputs, outputs = (np.concatenate(side) for side in zip(*recorder.steps, strict=True))
    return inputs, outputs, result


def test_the_pose_that_comes_out_goes_in_again(session: ModelSession) -> None:
    inputs, outputs, _ = record(session, WALKS["corner"])
    for name in ("joint_positions_m", "joint_velocities_m_s"):
        fed = inputs[1:, INPUT_LAYOUT.slices[name]]
        np.testing.assert_allclose(fed, outputs[:-1, OUTPUT_LAYOUT.slices[name]], atol=1e-6)


def test_the_network_is_shown_where_it_is_and_was(session: ModelSession) -> None:
    inputs, _, result = record(session, WALKS["arc"])
    positions = inputs[:, INPUT_LAYOUT.slices["trajectory_positions_m"]].reshape(-1, 12, 2)
    np.testing.assert_allclose(positions[:, 5], 0, atol=1e-5)
    went = result.root_track[50:, :2] - result.root_track[:-50, :2]
    shown = np.linalg.norm(positions[50 : len(result.root_track), 0], axis=-1)
    np.testing.assert_allclose(shown, np.linalg.norm(went, axis=-1), atol=1e-4)


def test_stairs_are_seen_ahead(session: ModelSession) -> None:
    inputs, _, _ = record(session, WALKS["stairs"])
    heights = inputs[:, INPUT_LAYOUT.slices["trajectory_heights_m"]].reshape(-1, 12, 3)
    assert np.abs(heights[0, 5]).max() < 1e-3, "where it stands"
    assert heights[:, -1].max() > 0.2, "where it will be"


class Drifter(Recorder):
    """The real session with a limp: its root slides to the left all the while."""

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        prediction = super().run(feeds)["prediction"].copy()
        prediction[:, OUTPUT_LAYOUT.slices["root_velocity_m_s_rad_s"].start] += 0.2
        return {"prediction": prediction}


def test_who_drifts_is_led_back_to_the_path(session: ModelSession) -> None:
    """Left alone the slide would add up to 1.4 m."""
    (result,) = LocomotionPipeline(Drifter(session)).generate([WalkRequest(straight(9.0))])
    walking = result.desired_speeds_m_s > 1.0
    sideways = np.abs(result.root_track[:, 0])[walking]
    assert sideways.max() < 0.2
    assert result.reached_end


def change_skeleton(contract: ModelContract) -> ModelContract:
    skeleton = replace(COMMON_SKELETON, offsets=COMMON_SKELETON.offsets * 1.2)
    return replace(contract, skeleton=skeleton)


def change_layout(contract: ModelContract) -> ModelContract:
    spec = contract.inputs[0]
    layout = dict(spec.layout)
    layout["style"] = (layout["style"][0], layout["style"][1] - 1)
    return replace(contract, inputs=(replace(spec, layout=layout), *contract.inputs[1:]))


def name_one_style_more(contract: ModelContract) -> ModelContract:
    settings = dict(contract.settings)
    settings["style_names"] = [*settings["style_names"], "another"]
    return replace(contract, settings=settings)


def drop_setting(contract: ModelContract) -> ModelContract:
    kept = {name: v for name, v in contract.settings.items() if name != "style_vectors"}
    return replace(contract, settings=kept)


def change_gaits(contract: ModelContract) -> ModelContract:
    return replace(contract, settings={**contract.settings, "gaits": ["crawl"]})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (change_skeleton, "skeleton"),
        (lambda contract: replace(contract, skeleton=None), "skeleton"),
        (change_layout, "laid out"),
        (drop_setting, "style_vectors"),
        (change_gaits, "gaits"),
        (lambda contract: replace(contract, task="gaze"), "task|locomotion"),
        (lambda contract: replace(contract, frame_rate_hz=30.0), "trained at 30 Hz"),
        (name_one_style_more, "style_names"),
    ],
)
def test_a_model_for_something_else_is_refused(
    session: ModelSession, change: Change, says: str
) -> None:
    recorder = Recorder(session)
    recorder.contract = change(session.contract)
    with pytest.raises(ContractError, match=says):
        LocomotionPipeline(recorder)


def test_any_terrain_will_do(pipeline: LocomotionPipeline) -> None:
    """A terrain is whatever knows its heights; nothing else is asked of it."""

    class Hill:
        def heights(self, xz: Floats) -> Floats:
            return 0.5 * np.exp(-0.3 * np.sum(np.square(np.asarray(xz) - [0, 3]), axis=-1))

    terrain: Terrain = Hill()
    (result,) = pipeline.generate([WalkRequest(straight(6.0), terrain)])
    assert result.reached_end
    hips = result.clip.root_positions
    assert hips[np.argmin(np.abs(hips[:, 2] - 3)), 1] - hips[0, 1] > 0.3
