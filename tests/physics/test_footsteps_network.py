"""The network that chooses footsteps: what it is told, that it equals torch, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.physics.footsteps.data import (
    Decisions,
    make_decisions,
    mirrored,
    random_stances,
    strewn,
)
from backend.physics.footsteps.export import draft, export_footsteps
from backend.physics.footsteps.network import FootstepScorer
from backend.physics.footsteps.scenes import slalom
from backend.training.checkpoint import write_file
from backend.training.run import WEIGHTS
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ContractError
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.physics.footsteps.candidates import (
    AS_MEANT,
    CANDIDATES,
    comfort_costs,
    ground_costs,
)
from blender_addon.core.physics.footsteps.chooser import FootstepNetwork
from blender_addon.core.physics.footsteps.features import maps_around, step_features
from blender_addon.core.physics.footsteps.landing import candidate_places, choose_landings
from blender_addon.core.physics.footsteps.stances import Stances
from blender_addon.core.physics.footsteps.surroundings import Surroundings, surroundings_of
from blender_addon.core.physics.world import World
from tests.conftest import ROOT

MODEL = ROOT / "onnx_models" / "physics_footsteps.onnx"
AGREES = 0.3
"""Share of steps on which the shipped network does as the search; one of 125 by chance."""
DEARER = 0.25
"""What its steps cost more on the ground than the search's, of what steps as they are meant do."""


@pytest.fixture(scope="module")
def decisions() -> Decisions:
    return make_decisions(2, 11)


def test_a_mirror_twice_changes_nothing(decisions: Decisions) -> None:
    twice = mirrored(mirrored(decisions))
    for name in ("maps", "steps", "chosen", "costs"):
        np.testing.assert_array_equal(getattr(twice, name), getattr(decisions, name))


def test_what_is_seen_in_a_mirror_is_what_is_seen_of_mirrored_ground() -> None:
    rng = np.random.default_rng(5)
    stances = random_stances(rng)
    ground = strewn(rng, stances.places[:, :2])
    far = ground.origin_xz[0] + ground.spacing_m * (len(ground.samples) - 1)
    other = type(ground)(
        np.array([-far, ground.origin_xz[1]]), ground.spacing_m, ground.samples[::-1]
    )
    meant = stances.places[5]
    turned = meant * np.array([-1.0, 1.0, -1.0])
    seen = maps_around(Surroundings(ground), meant[None])
    again = maps_around(Surroundings(other), turned[None])
    np.testing.assert_allclose(again[:, :, ::-1], seen, atol=1e-4)
    one, _ = ground_costs(Surroundings(ground), candidate_places(meant))
    two, _ = ground_costs(Surroundings(other), candidate_places(turned))
    flipped = mirrored(
        Decisions(seen, step_features(0, meant, None, np.zeros(3), None)[None],
                  np.array([7]), one[None])
    )  # fmt: skip
    np.testing.assert_allclose(flipped.costs[0], two, atol=1e-4)
    np.testing.assert_allclose(
        CANDIDATES[flipped.chosen[0]], CANDIDATES[7] * np.array([-1.0, 1.0, -1.0])
    )
    assert flipped.steps[0, 0] == -1.0


def test_an_export_equals_torch_and_says_what_it_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    write_file(tmp_path / WEIGHTS, {"weights": FootstepScorer().state_dict()})
    report = export_footsteps(tmp_path, tmp_path, {"agreement": 0.5})
    assert report.parity.largest < 1e-4
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    FootstepNetwork(session)
    assert session.contract.metrics["agreement"] == 0.5


class _Scores:
    """A model that always wants the same candidate."""

    def __init__(self, wanted: int, contract: Any) -> None:
        self._wanted, self.contract = wanted, contract
        self.runs = 0

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.runs += 1
        return {"scores": np.eye(len(CANDIDATES))[None, self._wanted]}


@pytest.fixture(scope="module")
def contract() -> Any:
    return draft({}, "test")


def _strewn() -> tuple[Surroundings, Stances]:
    rng = np.random.default_rng(2)
    stances = random_stances(rng)
    return Surroundings(strewn(rng, stances.places[:, :2])), stances


def test_on_level_ground_nothing_is_asked(contract: Any) -> None:
    scores = _Scores(0, contract)
    _, stances = _strewn()
    chosen = FootstepNetwork(scores)(Surroundings(FlatTerrain()), stances)
    assert chosen == [AS_MEANT] * stances.count and not scores.runs


def test_a_choice_that_stands_worse_than_what_was_meant_is_not_taken(contract: Any) -> None:
    around, stances = _strewn()
    costs, _ = ground_costs(around, candidate_places(stances.places))
    wanted = 3
    chosen = FootstepNetwork(_Scores(wanted, contract))(around, stances)
    assert AS_MEANT in chosen and len(set(chosen)) > 1
    rows, by = np.arange(len(chosen)), CANDIDATES[chosen]
    before = 0.5 * comfort_costs(np.concatenate((np.zeros((1, 3)), by[:-1])))
    assert (costs[rows, chosen] <= costs[:, AS_MEANT] + before + 1e-9).all()


def test_another_model_is_refused(contract: Any) -> None:
    with pytest.raises(ContractError):
        FootstepNetwork(_Scores(0, replace(contract, task="physics_policy")))


def test_the_shipped_network_does_mostly_as_the_search_on_unseen_ground() -> None:
    if not MODEL.is_file():
        pytest.skip(f"no trained model at {MODEL}")
    network = FootstepNetwork(ModelSession(MODEL, ["CPUExecutionProvider"], threads=1))
    rng = np.random.default_rng(2_000_003)
    same, paid = [], np.zeros(3)
    for _ in range(4):
        stances = random_stances(rng)
        around = Surroundings(strewn(rng, stances.places[:, :2]))
        costs, _ = ground_costs(around, candidate_places(stances.places))
        search, ours = choose_landings(around, stances), network(around, stances)
        asked = costs[:, AS_MEANT] > 1e-9
        same += (np.array(search) == ours)[asked].tolist()
        rows = np.arange(stances.count)
        paid += [costs[rows, each].sum() for each in (search, ours, [AS_MEANT] * len(rows))]
    assert np.mean(same) > AGREES
    assert paid[1] - paid[0] < DEARER * (paid[2] - paid[0])


def test_posts_are_seen_as_near(contract: Any) -> None:
    scene = slalom(0)
    around = surroundings_of(World(obstacles=scene.world.obstacles), scene.posts)
    maps = maps_around(around, np.array([[*scene.posts[0], 0.0]]))
    assert maps[0, 1].max() > 0.9 and maps[0, 1, 0, 0] < 0.2
