"""The learned policy: what it is told, and how it runs."""

# ruff: noqa: E402 - much of what is imported needs torch
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import export_module
from backend.physics.export import MODEL_NAME, make_contract
from backend.physics.learning.network import NetworkShape, PolicyGraph, PolicyNetwork
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ContractError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.balance import GAINS
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.figure import PARTS
from blender_addon.core.physics.observation import (
    OBSERVATION,
    mirrored_muscles,
    mirrored_observation,
    observe,
)
from blender_addon.core.physics.policy import (
    PolicyController,
    base_controller,
    gains_of_settings,
    gains_to_settings,
)
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")
STEPS = np.array([20, 45, 60])


@pytest.fixture(scope="module")
def walk() -> MotionClip:
    return marching(2.0)


def seen(reference: Reference, off: Floats | None = None) -> Floats:
    """Observations of three figures, their rates (36) a little off and their place behind."""
    figures = Simulation(reference, len(STEPS))
    figures.begin(STEPS)
    figures.engine.qvel[:] += np.zeros(36) if off is None else off
    figures.steps += 2
    return observe(figures)


def test_nothing_depends_on_place_and_heading(walk: MotionClip) -> None:
    turn = heading_to_quaternion(2.1)
    rotations = walk.rotations_wxyz.astype(np.float64)
    rotations[:, 0] = quaternion_multiply(turn, rotations[:, 0])
    roots = quaternion_rotate(turn, walk.root_positions.astype(np.float64)) + np.array(
        [5.0, 0.0, -3.0]
    )
    moved = replace(walk, root_positions=roots, rotations_wxyz=rotations)
    here, there = seen(reference_of(walk)), seen(reference_of(moved))
    assert here.shape == (3, OBSERVATION.size) and here.dtype == np.float32
    np.testing.assert_allclose(here, there, atol=2e-3)


def mirrored(reference: Reference) -> Reference:
    """What is seen in a mirror at x = 0."""
    order, signs = mirrored_muscles()
    poses = reference.poses * 1.0
    column = 7
    starts = {}
    for part in PARTS:
        starts[part.name] = (column, 4 if part.is_ball else 1)
        column += starts[part.name][1]
    flip = np.array([1.0, 1.0, -1.0, -1.0])
    for part in PARTS:
        start, size = starts[part.name]
        name = part.name
        for one, two in (("left_", "right_"), ("right_", "left_")):
            if part.name.startswith(one):
                name = part.name.replace(one, two)
        other = starts[name][0]
        values = reference.poses[:, other : other + size]
        poses[:, start : start + size] = values * (flip if size == 4 else 1.0)
    poses[:, 0] *= -1.0
    poses[:, 3:7] = reference.poses[:, 3:7] * flip
    rates = reference.rates[:, [0, 1, 2, 3, 4, 5, *(6 + order)]]
    rates = rates * np.concatenate(([-1.0, 1, 1, 1, -1, -1], signs))
    names = ["pelvis", *(part.name for part in PARTS)]
    swapped = [
        names.index(n.replace("left_", "\0").replace("right_", "left_").replace("\0", "right_"))
        for n in names
    ]
    return Reference(
        reference.followed,
        poses,
        rates,
        reference.joints[:, order] * signs,
        reference.bodies[:, swapped] * [-1.0, 1.0, 1.0],
        reference.carries[:, ::-1],
    )


def test_in_a_mirror_the_mirrored_is_seen(walk: MotionClip) -> None:
    reference = reference_of(walk)
    muscles, muscle_signs = mirrored_muscles()
    off = np.random.default_rng(0).normal(0.0, 0.5, (3, 36))
    in_mirror = off[:, [0, 1, 2, 3, 4, 5, *(6 + muscles)]]
    in_mirror = in_mirror * np.concatenate(([-1.0, 1, 1, 1, -1, -1], muscle_signs))
    order, signs = mirrored_observation()
    here = seen(reference, off)
    there = seen(mirrored(reference), in_mirror)
    np.testing.assert_allclose(here[:, order] * signs, there, atol=2e-3)
    np.testing.assert_array_equal(order[order], np.arange(OBSERVATION.size))


def test_a_mirrored_observation_is_answered_in_the_mirror() -> None:
    torch.manual_seed(1)
    network = PolicyNetwork(NetworkShape(hidden=16, second=8))
    for parameter in network.actor.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    order, signs = mirrored_observation()
    observations = torch.randn(5, OBSERVATION.size)
    in_mirror = observations[:, torch.from_numpy(order)] * torch.from_numpy(signs).float()
    muscles, muscle_signs = mirrored_muscles()
    graph = PolicyGraph(network)
    with torch.no_grad():
        here, there = graph(observations).numpy(), graph(in_mirror).numpy()
    np.testing.assert_allclose(here[:, muscles] * muscle_signs, there, atol=1e-5)


def kept(base: str) -> dict[str, object]:
    gains = gains_to_settings(GAINS) if base == "balance" else {}
    config = {"base": base, "ppo": {"horizon": 2}, "practice": {"figures": 3}}
    return {"config": config, "facts": {"base_gains": gains}, "update": 5}


@pytest.fixture(params=["none", "balance"])
def model_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = PolicyNetwork(NetworkShape(hidden=16, second=8))
    report = export_module(
        PolicyGraph(network),
        {"observation": torch.zeros(2, OBSERVATION.size)},
        ["residuals"],
        make_contract(kept(request.param), "train", {}),
        tmp_path / f"{MODEL_NAME}.onnx",
    )
    assert report.parity.largest < 1e-4 and report.bytes < 1_000_000
    return report.path


def test_the_exported_policy_runs_and_adds_to_its_base(model_path: Path, walk: MotionClip) -> None:
    session = ModelSession(model_path, ["CPUExecutionProvider"])
    controller = PolicyController(session)
    base = base_controller(str(session.contract.settings["base"]))
    figures = Simulation(reference_of(walk), 3)
    figures.begin(STEPS)
    told = controller.residuals(figures)
    only = session.run({"observation": observe(figures)})["residuals"]
    np.testing.assert_allclose(told, only + base.residuals(figures), atol=1e-6)
    assert session.contract.settings["samples"] == 30


def test_gains_come_back_from_a_contract() -> None:
    again = gains_of_settings(gains_to_settings(GAINS))
    for name, table in vars(GAINS).items():
        np.testing.assert_allclose(getattr(again, name), table, atol=1e-6)
    older = {"sagittal": gains_to_settings(GAINS)["sagittal"]}
    assert not gains_of_settings(older).giving.any()
    with pytest.raises(ContractError, match="sagittal"):
        gains_of_settings({})
    with pytest.raises(ContractError, match="giving"):
        gains_of_settings({**gains_to_settings(GAINS), "giving": [1.0]})
    with pytest.raises(ContractError, match="expected one of"):
        base_controller("magic")
