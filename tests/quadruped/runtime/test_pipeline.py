"""Animals along paths with a network that knows its lesson: what the runtime itself adds."""

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, TerrainError
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.maths.rotations import length
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.features import OUTPUT_LAYOUT
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import QuadrupedRequest
from blender_addon.core.quadruped.sizing import at_model_size, out_of_step
from blender_addon.core.quadruped.skeleton import NECK, PARENTS, PAWS
from tests.quadruped.runtime.teacher import (
    Teacher,
    make_body,
    make_contract,
    make_lesson,
)

SLOPE = HeightField(
    np.array([-9.0, -9.0]), 0.1, np.repeat(0.2 * 0.1 * np.arange(-90, 160.0)[None], 180, 0)
)


def line(metres, speed=0.9, **more):
    return Path.from_points([[0, 0, 0], [0, 0, metres]], speed, **more)


def taught(requests, noise_m=0.0):
    """A pipeline whose network says what it should for these requests."""
    small = out_of_step([at_model_size(request) for request in requests])
    lessons = [make_lesson(plan_request(each), each.body, each.terrain) for each in small]
    return QuadrupedPipeline(Teacher(lessons, small[0].terrain, noise_m))


def move(*requests, noise_m=0.0, **options):
    return taught(requests, noise_m).generate(requests, **options)


def joints(result):
    clip = result.clip
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def paws_of(result, body, terrain):
    """Paws (T, 4, 3), and how high each is over where it stands, in hip heights."""
    paws = joints(result)[:, list(PAWS)]
    over = paws[..., 1] - terrain.heights(paws[..., [0, 2]]) - body.paw_heights_m
    return paws / body.hip_height_m, over / body.hip_height_m


@pytest.fixture(scope="module", params=["dog", "horse", "cat", "slope", "noisy"])
def moved(request):
    """(request, result) of several animals, and of a network that trembles."""
    body = {"horse": make_body(1.5, Family.HOOFED), "cat": make_body(0.22)}.get(
        request.param, make_body()
    )
    metres, pace = 5 * body.hip_height_m, 1.2 * body.hip_height_m**0.5
    terrain = SLOPE if request.param == "slope" else FlatTerrain()
    asked = QuadrupedRequest(body, line(metres, pace), terrain, stand_after_s=0.6)
    return asked, move(asked, noise_m=0.003 if request.param == "noisy" else 0.0)[0]


def test_standing_paws_stay_where_they_are(moved):
    asked, result = moved
    paws, over = paws_of(result, asked.body, asked.terrain)
    held = result.clip.contacts[1:] & result.clip.contacts[:-1]
    steps = length(np.diff(paws, axis=0))
    assert held.mean() > 0.5
    assert steps[held].max() < 0.003
    assert np.percentile(np.abs(over)[result.clip.contacts], 99) < 0.004
    assert over.min() > -0.006


def test_swinging_paws_are_off_the_ground(moved):
    asked, result = moved
    paws, over = paws_of(result, asked.body, asked.terrain)
    steps = length(np.diff(paws[..., [0, 2]], axis=0))
    low = over[1:] < 0.015
    strides = 5.0 / 1.2
    assert (steps * low).sum(axis=0).max() < 0.1 * strides


def test_bones_keep_their_length_and_nothing_pops(moved):
    asked, result = moved
    places = joints(result) / asked.body.hip_height_m
    bones = length(places[:, 1:] - places[:, PARENTS[1:]])
    rest = length(asked.body.skeleton.offsets[1:]) / asked.body.hip_height_m
    assert np.abs(bones - rest).max() < 1e-4
    assert length(np.diff(places, 2, axis=0)).max() < 0.3


def test_turns_change_their_sign_nowhere(moved):
    turns = moved[1].clip.rotations_wxyz
    assert (turns[1:] * turns[:-1]).sum(axis=-1).min() > 0.5


def test_arrives_in_time_at_its_own_size(moved):
    asked, result = moved
    body = asked.body
    assert result.reached_end
    assert result.clip.frame_rate_hz == 60.0
    assert np.allclose(result.clip.skeleton.offsets, body.skeleton.offsets)
    off = result.root_track[:, :2] - result.desired_positions
    assert len(off) == result.clip.frame_count
    assert length(off).max() < 0.2 * body.hip_height_m
    true_s = result.plan.frame_count / 60.0 / body.time_factor
    assert result.clip.frame_count / 60.0 == pytest.approx(true_s, abs=0.05)


def test_stands_still_at_both_ends():
    asked = QuadrupedRequest(make_body(), line(2.0), stand_before_s=0.8, stand_after_s=1.0)
    places = joints(move(asked)[0])
    head = list(NECK[1:])  # which wanders a little
    body = [n for n in range(places.shape[1]) if n not in head]
    for later, sooner in ((30, 5), (-1, -25)):
        moved = length(places[later] - places[sooner])
        assert moved[body].max() < 1e-3
        assert moved[head].max() < 0.1


def test_without_lock_paws_are_the_networks():
    asked = QuadrupedRequest(make_body(), line(2.0))
    free = move(asked, noise_m=0.004, foot_lock=False)[0]
    locked = move(asked, noise_m=0.004)[0]
    held = locked.clip.contacts[1:] & locked.clip.contacts[:-1]

    def slip(result):
        paws, _ = paws_of(result, asked.body, asked.terrain)
        return length(np.diff(paws, axis=0))[held].mean()

    assert slip(free) > 10 * slip(locked)


def test_a_herd_is_one_batch_and_out_of_step():
    requests = [
        QuadrupedRequest(make_body(0.4 + 0.2 * n), line(2.5, 0.8), seed=n, stand_before_s=0.3)
        for n in range(3)
    ]
    results = move(*requests)
    for asked, result in zip(requests, results, strict=True):
        assert result.reached_end
        assert np.allclose(result.clip.skeleton.offsets, asked.body.skeleton.offsets)
    small = out_of_step([at_model_size(each) for each in requests])
    assert len({each.stand_before_s for each in small}) == 3
    assert out_of_step(small[:1])[0] is small[0]


def test_someone_stands_without_a_path():
    asked = QuadrupedRequest(make_body(), stand_s=1.0, place=(2.0, -1.0, 0.5))
    result = move(asked)[0]
    assert result.clip.contacts.all()
    assert np.allclose(result.root_track, [2.0, -1.0, 0.5], atol=1e-2)


def test_progress_is_told_and_cancels():
    asked = QuadrupedRequest(make_body(), line(1.0))
    told = []
    move(asked, on_progress=lambda share: told.append(share) or True)
    assert told == sorted(told) and told[-1] == pytest.approx(1.0)
    with pytest.raises(Cancelled):
        move(asked, on_progress=lambda share: share < 0.3)


def test_a_hole_in_the_ground_is_said():
    samples = np.zeros((60, 60), np.float32)
    samples[:, 45:] = np.nan
    terrain = HeightField(np.array([-3.0, -3.0]), 0.1, samples)
    asked = QuadrupedRequest(make_body(), line(2.5), terrain)
    lesson = QuadrupedRequest(make_body(), line(2.5))
    with pytest.raises(TerrainError, match="no ground near"):
        taught([lesson]).generate([asked])


def test_no_request_no_result():
    assert taught([QuadrupedRequest(make_body(), line(1.0))]).generate([]) == []


@pytest.mark.parametrize(
    "changes",
    [{"task": "locomotion"}, {"frame_rate_hz": 30.0}, {"skeleton": None}, {"outputs": "other"}],
    ids=str,
)
def test_another_model_is_refused(changes):
    if changes.get("outputs"):
        layout = OUTPUT_LAYOUT.as_contract()
        layout["contacts"], layout["joint_positions_m"] = (0, 4), (4, 12)
        spec = make_contract().outputs[0]
        changes = {"outputs": (type(spec)(spec.name, spec.shape, layout=layout),)}

    class Session:
        contract = make_contract(**changes)

    with pytest.raises(ContractError):
        QuadrupedPipeline(Session())
