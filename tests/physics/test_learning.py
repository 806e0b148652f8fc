"""The policy's trainer: it learns, resumes as if never stopped, and refuses another run."""

# ruff: noqa: E402 - much of what is imported needs torch
from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.physics.export import export
from backend.physics.learning import teacher
from backend.physics.learning.environment import Practice, PracticeSettings, reward
from backend.physics.learning.imitation import ImitationSettings, imitate
from backend.physics.learning.loop import TrainingConfig, train
from backend.physics.learning.network import NetworkShape, PolicyNetwork
from backend.physics.learning.ppo import PpoSettings, StepSize, learn, try_out
from backend.physics.learning.teacher import Lessons, lessons_of, taught_by
from backend.physics.motions import join_clips, read_clips, split
from backend.physics.practice_walks import practice_orders
from backend.training.checkpoint import read_file
from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.observation import OBSERVATION
from blender_addon.core.physics.policy import base_controller
from blender_addon.core.physics.reference import reference_of

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")
SMALL = NetworkShape(hidden=16, second=8)
CONFIG = TrainingConfig(
    max_updates=2, validate_every=2, judged=2, judged_s=0.5, shape=SMALL,
    practice=PracticeSettings(figures=4), ppo=PpoSettings(horizon=3, epochs=1, batches=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def walk() -> MotionClip:
    return marching(1.0)


def ticking() -> object:
    ticks = count()
    return lambda: float(next(ticks))


def test_motions_are_joined_and_held(walk: MotionClip) -> None:
    one = reference_of(walk)
    motions = join_clips([walk, walk], 10)
    assert motions.starts.tolist() == [0, one.steps + 10]
    at = motions.ends[0]
    np.testing.assert_array_equal(motions.reference.poses[at], motions.reference.poses[at + 10])
    assert not motions.reference.rates[at + 1 : at + 11].any()
    assert len(motions.reference.followed.poses) == 2 * motions.reference.steps


def test_walks_to_practise_on_do_not_depend_on_their_number() -> None:
    assert practice_orders(3, 1) == practice_orders(9, 1)[:3]
    learned, held_out = split(list(range(16)))  # type: ignore[arg-type]
    assert held_out == [7, 15] and len(learned) == 14


def test_a_folder_without_walks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="practice_walks"):
        read_clips(tmp_path)
    (tmp_path / "walk_000.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read_clips(tmp_path)


def test_a_run_resumes_as_if_never_stopped(tmp_path: Path, walk: MotionClip) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train([walk], replace(CONFIG, max_updates=4), whole, clock=ticking())
    train([walk], CONFIG, parts, clock=ticking())
    train([walk], replace(CONFIG, max_updates=4), parts, clock=ticking())
    one, two = (read_file(folder / "checkpoint.pt") for folder in (whole, parts))
    for name, value in one["network"].items():
        torch.testing.assert_close(value, two["network"][name], rtol=2e-2, atol=2e-2)
    curve = json.loads((parts / "curve.json").read_text("utf-8"))
    assert [point["update"] for point in curve] == [0, 2, 4]
    assert curve[-1]["samples"] == 48 and curve[-1]["life_s"] > 0.0
    with pytest.raises(InputError, match="another run"):
        train([walk], replace(CONFIG, base="none"), parts, clock=ticking())


def test_what_was_trained_is_exported(tmp_path: Path, walk: MotionClip) -> None:
    train([walk], CONFIG, tmp_path / "run", clock=ticking())
    report = export(tmp_path / "run", tmp_path, "train physics")
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    assert session.contract.settings["base"] == "balance"
    assert session.contract.metrics["curve"][0]["life_s"] > 0.0


def test_better_actions_become_likelier(walk: MotionClip) -> None:
    torch.manual_seed(0)
    network = PolicyNetwork(SMALL)
    settings = PpoSettings(horizon=8, epochs=4, batches=1)
    rng = np.random.default_rng(0)
    practice = Practice(
        join_clips([walk], 150), base_controller("none"), PracticeSettings(figures=16), rng
    )
    tried = try_out(network, practice, settings)
    tried = replace(tried, advantages=tried.actions[:, 0])  # more of the first is better
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)

    def step(loss: torch.Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    before = network.act(tried.observations)[:, 0].mean()
    learn(network, tried, settings, step, update=1)  # values only
    assert network.act(tried.observations)[:, 0].mean() == before
    told = learn(network, tried, settings, step, update=9)
    assert network.act(tried.observations)[:, 0].mean() > before + 1e-3
    assert told["divergence"] > 0.0


def test_trials_end_by_falls_and_begin_anew(walk: MotionClip) -> None:
    settings = PracticeSettings(figures=6, help=0.0)
    practice = Practice(
        join_clips([walk], 150), base_controller("none"), settings, np.random.default_rng(0)
    )
    fell = np.zeros(6, bool)
    for _ in range(50):
        outcome = practice.step(np.full((6, 30), 0.4))
        fell |= outcome.fell
        assert (outcome.rewards[outcome.fell] == 0.0).all()
    assert fell.all() and practice.survived < 0.5
    assert practice.seen.shape == (6, OBSERVATION.size)
    simulation = practice.simulation
    assert np.isfinite(reward(simulation.errors())).all()


def test_trials_are_made_harder_by_success_only(walk: MotionClip) -> None:
    settings = PracticeSettings(figures=2, help=0.02)
    practice = Practice(
        join_clips([walk], 150), base_controller("none"), settings, np.random.default_rng(0)
    )
    practice.harden()
    assert practice.help == 0.02 and practice.push_n_s == 0.0
    practice.survived = 0.9
    for _ in range(3):
        practice.harden()
    assert practice.help == 0.0 and practice.push_n_s > 0.0


def test_the_step_is_steered_by_the_divergence() -> None:
    size = StepSize()
    size.steer(1.0, 0.01)
    assert size.factor < 1.0
    for _ in range(3):
        size.steer(0.0, 0.01)
    assert size.factor > 1.0


def test_plans_teach_and_are_imitated(
    tmp_path: Path, walk: MotionClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teacher, "EPISODE_S", 0.2)
    base = base_controller("balance")
    taught_by([walk], base, tmp_path, range(2))
    (tmp_path / "taught_0_00002.npz").write_bytes(b"cut off")
    lessons = lessons_of(tmp_path, [walk], base)
    assert lessons.observations.shape == (12, OBSERVATION.size)
    assert 0.0 < np.abs(lessons.residuals).max() < 1.5
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    observations = rng.normal(size=(600, OBSERVATION.size)).astype(np.float32)
    residuals = np.zeros((600, 30))
    residuals[:, 0] = 0.1 * observations[:, 6]  # of the chest, about x
    many = Lessons(observations, residuals)
    settings = ImitationSettings(epochs=60, noise=0.0, decay=0.0, outlier=2.0)
    assert imitate(PolicyNetwork(NetworkShape(hidden=64, second=32)), many, settings) < 0.5
