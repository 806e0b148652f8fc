"""``train physics --model footsteps``: the search's choices, distilled into a network."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from backend.training.checkpoint import read_file
from backend.training.options import setting, training_command
from backend.training.run import WEIGHTS, Run, RunConfig, begin
from blender_addon.core.physics.footsteps.candidates import AS_MEANT

from .data import Decisions, make_decisions, mirrored
from .network import FootstepScorer

RUN = Path(".build/runs/physics_footsteps")
CACHE = Path(".build/physics/footsteps")
_HELD_OUT_SEED = 1_000_003
_WORSE = 20.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FootstepConfig(RunConfig):
    """How the network of footsteps is trained."""

    learning_rate: float = setting(2e-3, "At its height.", least=0)
    max_minutes: float = setting(10.0, "Budget over all resumed runs.", least=0, may_change=True)
    max_updates: int = setting(4000, "Budget over all resumed runs.", least=0, may_change=True)
    validate_every: int = setting(200, "Updates between validations and checkpoints.", least=1)
    walks: int = setting(2500, "Random walks whose steps the search chooses.", least=1)
    batch: int = setting(256, "Choices an update.", least=1)
    ground_weight: float = setting(
        0.5, "Of what the network's choices pay on the ground, beside being like the search's."
    )


def decisions_of(walks: int, seed: int) -> Decisions:
    """Choices of the search, kept in a folder."""
    path = CACHE / f"decisions_{walks}_{seed}.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = make_decisions(walks, seed)
        arrays = {name: getattr(made, name) for name in ("steps", "chosen", "costs")}
        np.savez_compressed(path, maps=made.maps.astype(np.float16), **arrays)
    with np.load(path, allow_pickle=False) as kept:
        return Decisions(*(kept[name] for name in ("maps", "steps", "chosen", "costs")))


def train_footsteps(config: FootstepConfig, folder: Path) -> dict[str, float]:
    """Train, or go on; the best weights are in the folder, and what they measure is returned."""
    device, rng = begin(config)
    train = _with_mirrored(decisions_of(config.walks, config.seed))
    held_out = decisions_of(max(config.walks // 10, 20), _HELD_OUT_SEED)
    _log.info("%d choices to learn from, %d held out", len(train.chosen), len(held_out.chosen))
    network = FootstepScorer().to(device)
    optimiser = torch.optim.Adam(network.parameters(), config.learning_rate)
    run = Run(config, folder, network, optimiser, rng)
    for _ in run.updates():
        rows = rng.integers(len(train.chosen), size=config.batch)
        with run.autocast():
            loss = _loss(network, train, rows, config.ground_weight, device)
        run.step(loss)
        if run.validation_due:
            run.validated(measured(network, held_out, device), chosen_by="extra_cost")
    return measured(load_network(folder), held_out, torch.device("cpu"))


def measured(network: nn.Module, held_out: Decisions, device: torch.device) -> dict[str, float]:
    """How often it chooses as the search did, and what it pays more on the ground."""
    rows = np.arange(len(held_out.chosen))
    with torch.no_grad():
        picked = _scores(network, held_out, rows, device).argmax(dim=1).cpu().numpy()
    paid = np.minimum(held_out.costs, _WORSE)
    best = paid[rows, held_out.chosen]
    return {
        "agreement": float((picked == held_out.chosen).mean()),
        "extra_cost": float((paid[rows, picked] - best).mean()),
        "extra_cost_as_meant": float((paid[:, AS_MEANT] - best).mean()),
        "choices": float(len(rows)),
    }


def _with_mirrored(data: Decisions) -> Decisions:
    other = mirrored(data)
    names = ("maps", "steps", "chosen", "costs")
    return Decisions(*(np.concatenate((getattr(data, n), getattr(other, n))) for n in names))


def _loss(
    network: nn.Module, data: Decisions, rows: np.ndarray, weight: float, device: torch.device
) -> Tensor:
    scores = _scores(network, data, rows, device)
    chosen = torch.as_tensor(data.chosen[rows], device=device)
    costs = torch.as_tensor(np.minimum(data.costs[rows], _WORSE), device=device).float()
    like = nn.functional.cross_entropy(scores, chosen, label_smoothing=0.05)
    return like + weight * (scores.softmax(dim=1) * costs).sum(dim=1).mean()


def _scores(network: nn.Module, data: Decisions, rows: np.ndarray, device: torch.device) -> Tensor:
    maps = torch.as_tensor(data.maps[rows].astype(np.float32), device=device)
    steps = torch.as_tensor(data.steps[rows].astype(np.float32), device=device)
    return network(maps, steps)


def load_network(folder: Path) -> FootstepScorer:
    """The best weights of a run."""
    network = FootstepScorer()
    network.load_state_dict(read_file(folder / WEIGHTS)["weights"])
    return network.eval()


@training_command(FootstepConfig, data=CACHE, run=RUN)
def command(data: Path, run: Path, config: FootstepConfig) -> None:
    """Distil the choice of footsteps into a network, and export it beside its checkpoints."""
    from .export import export_footsteps

    measures = train_footsteps(config, run)
    report = export_footsteps(run, run, measures)
    _log.info("trained; %s, parity %.1e; %s", report.path, report.parity.largest, measures)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    command()
