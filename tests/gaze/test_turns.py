"""Turns of talk are told from voices and roles, and draw the eyes where they pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import GazeError
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.measures import gaze_directions
from blender_addon.core.gaze.pipeline import GazePipeline
from blender_addon.core.gaze.roles import roles_over_time, turns_over_time
from blender_addon.core.gaze.turns import pulls_to_partner, turns_of_roles
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.voice_activity import VoiceActivity
from tests.gaze.samples import CUP_PLACE, looking, target, write_behaviour, write_eye_head

TIMES = np.arange(1200) / 60.0


def voice(*spoken: tuple[float, float]) -> VoiceActivity:
    """Heard between the times given."""
    at = (np.arange(2000) + 0.5) / 100.0
    heard = np.any([(at >= start) & (at < stop) for start, stop in spoken], axis=0)
    return VoiceActivity(100.0, heard, np.where(heard, -20.0, -80.0), heard.astype(float))


def at(turns: np.ndarray, second: float) -> int:
    return int(turns[int(second * 60)])


def test_a_turn_reaches_from_its_first_word_to_its_last() -> None:
    own = voice((1.0, 4.0), (5.0, 8.0), (14.0, 18.0))
    partner = voice((2.0, 2.3), (9.0, 13.0))
    turns = turns_over_time(own, partner, TIMES)
    assert [at(turns, s) for s in (0.5, 2.1, 4.5, 7.9)] == [0, 1, 1, 1]
    assert [at(turns, s) for s in (8.5, 9.5, 12.9, 13.5, 15.0, 19.0)] == [0, -1, -1, 0, 1, 0]
    np.testing.assert_array_equal(turns_over_time(partner, own, TIMES), -turns)
    # A word in between is nobody's turn, nor does a lone track make the other's of every breath.
    alone = turns_over_time(own, None, TIMES)
    assert [at(alone, s) for s in (2.1, 4.5, 10.0)] == [1, 1, -1]
    assert not turns_over_time(None, None, TIMES).any()


def test_in_rapid_exchange_turns_are_still_told() -> None:
    own, partner = voice((0.0, 1.0), (2.0, 3.0), (4.0, 5.0)), voice((1.1, 1.9), (3.1, 3.9))
    roles = roles_over_time(own, partner, TIMES[:300])
    assert (roles[:240] == ROLES.index("dialogue")).all()
    assert set(turns_over_time(own, partner, TIMES[:300]).tolist()) == {-1, 0, 1}


def test_pulls_lie_at_the_ends_and_beginnings_of_own_turns() -> None:
    turns = np.zeros(1200, np.int64)
    turns[300:700] = 1
    turns[700:900] = -1
    turns[1000:1060] = 1  # a second: no turn that anyone hands over
    pulls = pulls_to_partner(turns)
    assert pulls[299] < 0 and pulls[330] < 0 and pulls[699] > 0 and pulls[620] > 0
    assert pulls[500] == pulls[700] == pulls[800] == 0.0
    assert not pulls[970:1200].any()
    cut_off = pulls_to_partner(np.ones(600, np.int64))
    assert not cut_off.any(), "neither begins nor ends within the range"
    assert not pulls_to_partner(-turns.clip(0)).any()
    roles = np.array([0, 1, 2])
    assert turns_of_roles(roles).tolist() == [1, -1, 0]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> GazePipeline:
    folder = tmp_path_factory.mktemp("models")
    return GazePipeline(*(ModelSession(make(folder)) for make in (write_behaviour, write_eye_head)))


def test_eyes_go_to_the_partner_at_the_end_of_a_turn_even_from_an_object(
    pipeline: GazePipeline,
) -> None:
    frames = 60 * 60
    turns = np.tile(np.repeat([1, -1], [480, 120]), frames // 600)
    cup = target(frames, "OBJECT", CUP_PLACE)
    talk = [
        looking(60.0, target(frames), cup, role="speaking", seed=seed, turns=turns)
        for seed in range(4)
    ]
    plain = [replace(each, turns=np.zeros_like(turns)) for each in talk]
    ends = (turns == 1) & (np.roll(turns, -60) == -1)
    shares = []
    for requests in (talk, plain):
        clips = [result.clip for result in pipeline.generate(requests)]
        on = np.stack([gaze_directions(clip)[:, 2] > np.cos(np.deg2rad(5.0)) for clip in clips])
        shares.append((on[:, ends].mean(), on[:, (turns == 1) & ~ends].mean()))
    with_turns, without = shares
    assert with_turns[0] > without[0] + 0.1
    assert with_turns[0] > with_turns[1] + 0.15


def test_turns_of_another_length_or_kind_are_refused(pipeline: GazePipeline) -> None:
    for wrong in (np.ones(5, np.int64), np.full(120, 3)):
        with pytest.raises(GazeError, match="expected turns of 1, 0 or -1"):
            pipeline.generate([looking(2.0, turns=wrong)])
