"""Calibration brings what runs freely to what people do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.gaze.events import ROLES
from tests.gaze.recording_samples import write_people

torch = pytest.importorskip("torch")

from backend.gaze.behaviour_network import GazeBehaviourNetwork, Shape  # noqa: E402
from backend.gaze.calibration import Search, break_seconds, calibrate  # noqa: E402
from backend.gaze.conversation import read_recordings  # noqa: E402
from backend.gaze.train_behaviour import mean_loss  # noqa: E402

pytestmark = pytest.mark.torch


def test_an_untrained_network_is_brought_to_peoples_shares_and_rates(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    people = read_recordings(write_people(tmp_path, 2))
    network = GazeBehaviourNetwork(Shape(hidden=8, embedding=8, pointer=8)).eval()
    before = mean_loss(network, people)
    reached = calibrate(network, people, Search(rounds=8, characters=12, seconds=30.0))
    assert set(reached) == set(ROLES)
    for share, rate, found_share, found_rate in reached.values():
        assert found_share == pytest.approx(share, abs=0.2)
        assert found_rate == pytest.approx(rate, rel=0.15)
    assert (network.attachment != 0).all() and (network.patience != 0).all()
    assert mean_loss(network, people) != before


def test_breaks_between_recordings_are_not_blinks(tmp_path: Path) -> None:
    people = read_recordings(write_people(tmp_path, 2))
    found = break_seconds(people)
    people[0].breaks_s[5] = 4.9
    assert break_seconds(people) == found
    for median, spread in found.values():
        assert 0.2 < median < 1.5 and 0 < spread < 1.5
    assert np.isfinite(list(found.values())).all()


def test_everybody_is_predicted_once_by_those_who_never_saw_them(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from backend.gaze.folds import cross_validate
    from backend.gaze.train_behaviour import TrainingConfig

    people = read_recordings(write_people(tmp_path / "people", 6, 150))
    shape = Shape(hidden=8, embedding=8, anywhere=4, around=3, pointer=8)
    config = TrainingConfig(shape=shape, stretch=20, streams=2, max_updates=4, threads=1)
    found = cross_validate(people, 3, runs=tmp_path / "runs", config=config)
    assert set(found["people"]) == {each.name for each in people}
    for name in ("nll", "nll_gmm", "nll_markov", "nll_markov_mixture"):
        inside = [person[name] for person in found["people"].values()]
        assert min(inside) <= found[name] <= max(inside)
    assert len(list((tmp_path / "runs").iterdir())) == 3
