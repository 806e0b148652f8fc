"""Characters look: alone or many alike, repeatably, on target, within limits, without pops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.errors import Cancelled, ContractError
from blender_addon.core.gaze.eye_head_features import angles_to_directions
from blender_addon.core.gaze.measures import (
    BAHILL_SECONDS_PER_DEGREE,
    find_saccades,
    fit_main_sequence,
    gaze_directions,
)
from blender_addon.core.gaze.pipeline import GazePipeline, GazeRequest, GazeResult, GazeSettings
from blender_addon.core.inference.contract import ModelContract
from blender_addon.core.inference.session import ModelSession
from tests.gaze.samples import CUP_PLACE, looking, still, target, write_behaviour, write_eye_head

FRAMES = 1800
SECONDS = 30
SURE = {role: [1.0, 0.5] for role in ("speaking", "listening", "dialogue")}
Change = Callable[[ModelContract], ModelContract]


def sessions(folder: Path) -> tuple[ModelSession, ModelSession]:
    paths = write_behaviour(folder), write_eye_head(folder)
    first, second = (ModelSession(p, ["CPUExecutionProvider"], threads=1) for p in paths)
    return first, second


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSession, ModelSession]:
    return sessions(tmp_path_factory.mktemp("gaze"))


@pytest.fixture(scope="module")
def pipeline(models: tuple[ModelSession, ModelSession]) -> GazePipeline:
    return GazePipeline(*models)


def with_cup(**more: object) -> GazeRequest:
    return looking(SECONDS, target(FRAMES), target(FRAMES, "OBJECT", CUP_PLACE, 0.5), **more)


def turning_head(request: GazeRequest, amplitude: float = 0.5) -> GazeRequest:
    """The animated head shakes and travels while the trunk stands."""
    time = np.arange(request.frame_count) / MODEL_FRAME_RATE_HZ
    half = 0.5 * amplitude * np.sin(2.5 * time)
    turned = np.stack((np.cos(half), 0 * half, np.sin(half), 0 * half), axis=-1)
    places = np.stack((0.1 * np.sin(time), 0.02 * np.sin(9 * time), 0 * time), axis=-1)
    return replace(
        request,
        head_rotations_wxyz=turned.astype(np.float32),
        head_positions=places.astype(np.float32),
    )


@pytest.fixture(scope="module")
def result(pipeline: GazePipeline) -> GazeResult:
    return pipeline.generate([with_cup()])[0]


def largest_difference(a: GazeResult, b: GazeResult) -> float:
    """Over all channels and times; infinite where not even the numbers of events agree.

    Sums of another order may differ in the last digit, so results are equal up to that.
    """
    pairs = [(getattr(a.clip, name), getattr(b.clip, name)) for name in CHANNELS]
    pairs += [(a.blink_times_s, b.blink_times_s), (a.fixations.onset_s, b.fixations.onset_s)]
    return max(
        float(np.abs(x - y).max(initial=0.0)) if x.shape == y.shape else np.inf for x, y in pairs
    )


SAME = 1e-6


CHANNELS = ("eyes_rad", "head_offset_rad", "blinks", "lids")


def landing_errors(result: GazeResult) -> Floats:
    """Largest angle in degrees, in each fixation, from the direction it reports; still scenes."""
    looks = gaze_directions(result.clip)
    rests = result.fixations
    errors = []
    for onset, length, angles in zip(
        rests.onset_s, rests.duration_s, rests.direction_rad, strict=True
    ):
        span = slice(int(np.ceil(onset * 60)), int((onset + length) * 60))
        if span.stop > span.start:
            apart = looks[span] - angles_to_directions(angles)
            errors.append(np.rad2deg(np.linalg.norm(apart, axis=-1).max()))
    return np.array(errors)


def test_every_array_has_its_shape_and_is_finite(result: GazeResult) -> None:
    clip, rests = result.clip, result.fixations
    assert clip.frame_rate_hz == MODEL_FRAME_RATE_HZ
    shapes = ((FRAMES, 2, 2), (FRAMES, 2), (FRAMES,), (FRAMES,))
    for name, shape in zip(CHANNELS, shapes, strict=True):
        values = getattr(clip, name)
        assert values.shape == shape and np.isfinite(values).all()
    assert clip.blinks.min() == 0 and clip.blinks.max() == 1
    assert np.abs(clip.lids).max() <= 1
    count = len(rests.onset_s)
    assert 30 < count < 200
    assert rests.direction_rad.shape == (count, 2) and rests.target.shape == (count,)
    assert (np.diff(rests.onset_s) > 0).all() and rests.duration_s.min() > 0
    assert rests.onset_s[0] == 0
    assert (rests.onset_s[1:] >= (rests.onset_s + rests.duration_s)[:-1]).all()
    assert (rests.onset_s + rests.duration_s)[-1] <= SECONDS
    assert result.warnings == ()


def test_the_same_seed_gives_the_same_gaze_and_another_another(
    pipeline: GazePipeline, result: GazeResult
) -> None:
    again, other = pipeline.generate([with_cup(), with_cup(seed=1)])
    assert largest_difference(result, again) < SAME
    assert largest_difference(result, other) > 0.1


def test_a_character_does_not_depend_on_who_else_is_there(pipeline: GazePipeline) -> None:
    crowd = [
        with_cup(seed=3),
        looking(12, seed=4, role="speaking"),
        turning_head(looking(50, seed=5)),
        with_cup(seed=6, settings=GazeSettings(liveliness=2.0)),
        looking(0.5, seed=7),
    ]
    together = pipeline.generate(crowd)
    for request, one in zip(crowd, together, strict=True):
        assert one.clip.frame_count == request.frame_count
        assert largest_difference(pipeline.generate([request])[0], one) < SAME


def test_a_long_range_begins_like_a_short_one(pipeline: GazePipeline) -> None:
    # Chunks and state: a lost state would move the head after the first ten seconds.
    calm = GazeSettings(micro_saccades=0.0)
    short, long = pipeline.generate([looking(15, settings=calm), looking(40, settings=calm)])
    frames = slice(0, 12 * 60)
    np.testing.assert_array_equal(short.clip.eyes_rad[frames], long.clip.eyes_rad[frames])
    offset = np.abs(np.diff(long.clip.head_offset_rad, axis=0)).max(axis=1)
    assert offset[590:610].max() <= offset.max()
    assert np.rad2deg(offset.max()) < 3


def test_gaze_rests_on_what_it_looks_at(result: GazeResult) -> None:
    errors = landing_errors(result)
    assert np.median(errors) < 0.1
    assert errors.max() < 0.5  # micro-saccades stay within 0.35°


def test_eyes_meet_the_cup_with_both_eyes(result: GazeResult) -> None:
    rests, clip = result.fixations, result.clip
    # A fixation on the cup after 100 ms, when the focus has followed.
    number = np.flatnonzero((rests.target == 1) & (rests.duration_s > 0.2))[0]
    frame = int((rests.onset_s[number] + 0.15) * 60)
    yaw, pitch = clip.head_offset_rad[frame].astype(float)
    turn = np.array(
        [
            [np.cos(yaw), np.sin(yaw) * np.sin(pitch), np.sin(yaw) * np.cos(pitch)],
            [0, np.cos(pitch), -np.sin(pitch)],
            [-np.sin(yaw), np.cos(yaw) * np.sin(pitch), np.cos(yaw) * np.cos(pitch)],
        ]
    )
    turn[:, 1:] = np.stack(  # columns: left, up, ahead of a head turned by yaw, then pitch
        [
            [-np.sin(yaw) * np.sin(pitch), np.cos(pitch), -np.cos(yaw) * np.sin(pitch)],
            [np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)],
        ],
        axis=-1,
    )
    for eye, side in ((0, 0.0315), (1, -0.0315)):
        place = turn @ np.array([side, 0, 0])
        ray = turn @ angles_to_directions(clip.eyes_rad[frame, eye].astype(float))
        away = np.array(CUP_PLACE) - place
        miss = away - (away @ ray) * ray
        assert np.linalg.norm(miss) < 0.03  # within the cup
    assert clip.eyes_rad[frame, 0, 0] < clip.eyes_rad[frame, 1, 0]  # crossed, as near things need


def test_left_is_positive_and_up_is_positive(pipeline: GazePipeline) -> None:
    for place, axis, sign in (
        ((0.6, 0, 1), 0, 1), ((-0.6, 0, 1), 0, -1), ((0, 0.4, 1), 1, 1), ((0, -0.4, 1), 1, -1)
    ):  # fmt: skip
        clip = pipeline.generate([looking(8, target(480, place=place))])[0].clip
        assert sign * np.median(clip.eyes_rad[..., axis]) > 0.1
        assert sign * np.median(clip.head_offset_rad[:, axis]) > 0.03
        if axis == 1:
            assert sign * np.median(clip.lids) < -0.1


def test_saccades_are_on_the_main_sequence(pipeline: GazePipeline) -> None:
    long = looking(300, target(18000), target(18000, "OBJECT", CUP_PLACE, 0.3))
    clip = pipeline.generate([turning_head(long, 0.2)])[0].clip
    still_head = pipeline.generate([long])[0].clip
    assert not np.array_equal(clip.eyes_rad, still_head.eyes_rad)
    found = find_saccades(gaze_directions(still_head), 60.0)
    slope, intercept = fit_main_sequence(found)
    assert slope == pytest.approx(BAHILL_SECONDS_PER_DEGREE, rel=0.15)
    assert 0.015 < intercept < 0.04
    assert np.rad2deg(found.peak_velocities_rad_s.max()) < 800


def test_eyes_hold_the_target_while_the_head_shakes(pipeline: GazePipeline) -> None:
    request = turning_head(looking(SECONDS, target(FRAMES)))
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    clip = pipeline.generate([replace(request, settings=calm)])[0].clip
    half = 0.5 * 0.5 * np.sin(2.5 * np.arange(FRAMES) / 60)
    yaw = 2 * half  # of the head, in the world
    local = gaze_directions(clip)
    world = np.arctan2(local[:, 0], local[:, 2]) + yaw
    place = request.head_positions
    desired = np.arctan2(-place[:, 0], 1.3 - place[:, 2])
    assert np.rad2deg(np.abs(world - desired)).max() < 0.5


def test_a_moving_target_is_pursued(pipeline: GazePipeline) -> None:
    time = np.arange(FRAMES) / 60
    track = np.stack((0.6 * np.sin(0.7 * time), 0 * time, 1.3 + 0 * time), axis=-1)
    moving = replace(target(FRAMES), positions=track.astype(np.float32))
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    clip = pipeline.generate([looking(SECONDS, moving, settings=calm)])[0].clip
    local = gaze_directions(clip)
    off = np.arctan2(local[:, 0], local[:, 2]) - np.arctan2(track[:, 0], track[:, 2])
    assert np.rad2deg(np.abs(off)).max() < 0.5
    assert find_saccades(local, 60.0).amplitudes_rad.max(initial=0) == 0


def test_a_target_that_jumps_is_found_again_by_a_saccade(pipeline: GazePipeline) -> None:
    track = still((0.4, 0, 1.3), FRAMES)
    track[900:] = (-0.4, 0, 1.3)
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    jumping = replace(target(FRAMES), positions=track)
    clip = pipeline.generate([looking(SECONDS, jumping, settings=calm)])[0].clip
    yaw = np.rad2deg(np.arctan2(*gaze_directions(clip).T[[0, 2]]))
    assert yaw[900] == pytest.approx(17.1, abs=0.5) and yaw[940] == pytest.approx(-17.1, abs=0.5)
    found = find_saccades(gaze_directions(clip), 60.0)
    large = np.rad2deg(found.amplitudes_rad) > 30
    assert large.sum() == 1
    assert np.rad2deg(found.peak_velocities_rad_s[large][0]) < 800


def test_the_head_takes_its_share_and_the_eyes_make_up_for_it(pipeline: GazePipeline) -> None:
    aside = looking(SECONDS, target(FRAMES, place=(0.4, 0, 1.2)))
    clips = {
        share: pipeline.generate([replace(aside, settings=GazeSettings(head_share=share))])[0].clip
        for share in (0.0, 1.0, 2.0)
    }
    heads = {share: np.median(clip.head_offset_rad[:, 0]) for share, clip in clips.items()}
    assert heads[0.0] == 0 and heads[2.0] > 1.3 * heads[1.0] > 0.1
    looks = [gaze_directions(clip) for clip in clips.values()]
    for other in looks[1:]:
        inner = slice(60, -60)
        apart = np.linalg.norm(other[inner] - looks[0][inner], axis=-1)
        assert np.rad2deg(np.percentile(apart, 99)) < 0.5


def test_eyes_do_not_stay_aside_the_head_follows(pipeline: GazePipeline) -> None:
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    track = still((0.0, 0, 1.3), 900)
    track[300:] = (0.55, 0, 1.2)  # 25° to the left, for ten seconds
    aside = replace(target(900), positions=track)
    clip = pipeline.generate([looking(15, aside, settings=calm)])[0].clip
    eye = np.rad2deg(clip.eyes_rad[:, :, 0].mean(axis=1))
    assert eye[330] > 15  # just arrived
    assert eye[480:-90].max() < 11 and eye[480:-90].min() > 8
    speed = 60 * np.rad2deg(np.abs(np.diff(clip.head_offset_rad[:, 0])))
    assert speed.max() < 60


def test_the_head_starts_and_ends_at_rest_if_asked(pipeline: GazePipeline) -> None:
    calm = {"liveliness": 0.0, "micro_saccades": 0.0}
    aside = looking(10, target(600, place=(0.5, 0.2, 1.1)), settings=GazeSettings(**calm))
    resting = pipeline.generate([aside])[0].clip
    assert not resting.head_offset_rad[[0, -1]].any()
    speed = 60 * np.abs(np.diff(resting.head_offset_rad, axis=0)).max(axis=1)
    assert np.rad2deg(max(speed[0], speed[-1])) < 2
    free = replace(aside, settings=GazeSettings(rest_at_ends=False, **calm))
    ends = pipeline.generate([free])[0].clip
    assert np.abs(ends.head_offset_rad[-1]).max() > 0.05
    np.testing.assert_allclose(gaze_directions(ends)[-1], gaze_directions(resting)[-1], atol=1e-3)


def test_near_targets_are_met_although_the_head_turns_about_its_neck(
    pipeline: GazePipeline,
) -> None:
    place = (0.35, 0.0, 0.35)
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    near = looking(10, target(600, "OBJECT", place), settings=calm)
    pivot = np.array([0.0, -0.09, -0.09])
    clip = pipeline.generate([replace(near, pivot_m=pivot)])[0].clip
    yaw, pitch = clip.head_offset_rad[300].astype(float)
    assert yaw > 0.1
    # Where the midpoint between the eyes has gone, by hand: pitch about +X, then yaw about +Y.
    y, z = 0.09 * np.cos(pitch) + 0.09 * np.sin(pitch), 0.09 * np.cos(pitch) - 0.09 * np.sin(pitch)
    middle = pivot + np.array([z * np.sin(yaw), y, z * np.cos(yaw)])
    away = np.array(place) - middle
    looks = gaze_directions(clip)[300]
    assert np.rad2deg(np.arccos(looks @ away / np.linalg.norm(away))) < 0.6
    blunt = gaze_directions(pipeline.generate([near])[0].clip)[300]
    assert np.rad2deg(np.arccos(blunt @ away / np.linalg.norm(away))) > 1.5


def test_settings_change_what_they_say(pipeline: GazePipeline) -> None:
    def changed(**settings: float) -> GazeResult:
        return pipeline.generate([with_cup(settings=GazeSettings(**settings))])[0]

    rests = [len(changed(liveliness=x).fixations.onset_s) for x in (0.3, 1.0, 2.0)]
    assert rests[0] < 0.7 * rests[1] and rests[1] < 0.8 * rests[2]
    blinks = [len(changed(blink_rate=x).blink_times_s) for x in (0.0, 1.0, 3.0)]
    assert blinks[0] == 0 and blinks[1] * 1.5 < blinks[2]
    still_eyes, jittery = changed(micro_saccades=0.0).clip, changed(micro_saccades=2.0).clip
    apart = np.rad2deg(np.abs(still_eyes.eyes_rad - jittery.eyes_rad))
    assert 0.2 < apart.max() < 1.0
    np.testing.assert_array_equal(still_eyes.head_offset_rad, jittery.head_offset_rad)
    limited = changed(eye_limits_deg=(10.0, 8.0, 9.0)).clip.eyes_rad
    reach = np.rad2deg(np.abs(limited).max(axis=(0, 1)))
    assert reach[0] <= 10.001 and reach[1] <= 9.001


def test_progress_rises_to_one_and_cancels_at_once(pipeline: GazePipeline) -> None:
    said: list[float] = []
    pipeline.generate([with_cup(), looking(5)], on_progress=lambda s: said.append(s) or True)
    assert said == sorted(said) and said[0] < 0.1 and said[-1] == 1.0 and len(said) > 8
    calls: list[float] = []
    with pytest.raises(Cancelled):
        pipeline.generate([with_cup()], on_progress=lambda s: bool(calls.append(s)))
    assert len(calls) == 1


def test_no_request_is_no_result(pipeline: GazePipeline) -> None:
    assert pipeline.generate([]) == []


class Wrong:
    """A session with another contract."""

    def __init__(self, session: ModelSession, change: Change) -> None:
        self.contract = change(session.contract)
        self.run = session.run


@pytest.mark.parametrize(
    ("which", "change", "says"),
    [
        (0, lambda c: replace(c, task="locomotion"), "made for 'locomotion'"),
        (1, lambda c: replace(c, task="locomotion"), "made for 'locomotion'"),
        (0, lambda c: replace(c, inputs=(replace(c.inputs[0], layout={}),)), "laid out"),
        (1, lambda c: replace(c, outputs=(replace(c.outputs[0], layout={}),)), "laid out"),
        (0, lambda c: replace(c, outputs=(replace(c.outputs[0], shape=("batch", 7), layout={}),)),
         "multiple of"),
        (1, lambda c: replace(c, outputs=c.outputs[:1]), "next_state"),
        (0, lambda c: replace(c, outputs=c.outputs[1:]), "no output 'mixture'"),
        (1, lambda c: replace(c, frame_rate_hz=25.0), "trained at 25 Hz"),
        (1, lambda c: replace(c, settings={"heads": "magic"}), "heads.*network, formula"),
        (0, lambda c: replace(c, settings={**c.settings, "partner_share": SURE}), "shares below 1"),
    ],
)  # fmt: skip
def test_a_wrong_model_is_refused(
    models: tuple[ModelSession, ModelSession], which: int, change: Change, says: str
) -> None:
    chosen = list(models)
    chosen[which] = Wrong(models[which], change)
    with pytest.raises(ContractError, match=says):
        GazePipeline(*chosen)
    with pytest.raises(ContractError):
        GazePipeline(models[1], models[0])


def test_a_contract_that_says_so_leaves_heads_to_the_formula(
    models: tuple[ModelSession, ModelSession], pipeline: GazePipeline
) -> None:
    asked: list[object] = []

    class Counting(Wrong):
        def __init__(self, session: ModelSession, change: Change) -> None:
            super().__init__(session, change)
            self.run = lambda *each: asked.append(each)

    formula = Counting(models[1], lambda c: replace(c, settings={"heads": "formula"}))
    request = looking(20.0, target(1200), target(1200, "OBJECT", CUP_PLACE, 2.0))
    by_formula, by_network = (
        each.generate([request])[0].clip for each in (GazePipeline(models[0], formula), pipeline)
    )
    assert not asked
    head = np.rad2deg(np.linalg.norm(by_formula.head_offset_rad, axis=-1))
    looks = np.rad2deg(np.arccos(np.clip(gaze_directions(by_formula)[:, 2], -1, 1)))
    # The model made for tests takes a third of everything; people, and the formula, do not.
    assert np.median(head[looks > 35]) > 8.0 and np.median(head[looks < 5]) < 2.0
    assert np.abs(by_formula.head_offset_rad - by_network.head_offset_rad).max() > 0.02
    np.testing.assert_allclose(
        gaze_directions(by_formula), gaze_directions(by_network), atol=np.deg2rad(1.0)
    )
