"""Training of the manifold, and of its control."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

from backend.training.checkpoint import fingerprint
from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.editing.manifold.control import CONTROL_LAYOUT
from blender_addon.core.editing.manifold.features import JOINTS, LAYOUT

from .data import Takes, normalisation
from .network import HIDDEN, Control, Manifold

_VALIDATION_WINDOWS = 128
_CM = 100.0


@dataclass(frozen=True)
class ManifoldConfig(RunConfig):
    """Everything that decides a run."""

    hidden: int = setting(HIDDEN, "Units of the one layer.", least=1)
    dropout: float = setting(0.2, "Share of the input that is left out.", least=0, most=1)
    sparsity: float = setting(0.01, "Weight of the hidden units' mean size.", least=0)
    parsimony: float = setting(0.1, "Weight of the mean size of the weights.", least=0)
    batch: int = setting(8, "Windows an update.", least=1)
    learning_rate: float = setting(2e-4, "At its height.", least=0)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    max_minutes: float = setting(
        20.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    averaging: float = setting(
        0.99, "Decay of the moving average of the weights, which is then what is kept.",
        least=0, most=1,
    )  # fmt: skip
    max_updates: int = setting(
        20_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    validate_every: int = setting(250, "Updates between validations and checkpoints.", least=1)


@dataclass(frozen=True)
class ControlConfig(RunConfig):
    """Everything that decides a run of the control."""

    dropout: float = setting(0.2, "Share of each layer's input that is left out.", least=0, most=1)
    batch: int = setting(8, "Windows an update.", least=1)
    learning_rate: float = setting(1e-3, "At its height.", least=0)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    max_minutes: float = setting(
        10.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    averaging: float = setting(
        0.995, "Decay of the moving average of the weights, which is then what is kept.",
        least=0, most=1,
    )  # fmt: skip
    validate_every: int = setting(250, "Updates between validations and checkpoints.", least=1)


def train_manifold(takes: Takes, held_out: Takes, config: ManifoldConfig, folder: Path) -> Manifold:
    """Train the autoencoder until its budget is spent; resumes from ``folder``."""
    device, rng = begin(config)
    manifold = Manifold(config.hidden, config.dropout)
    mean, scale = normalisation(takes)
    manifold.mean.copy_(mean)
    manifold.scale.copy_(scale)
    manifold.to(device)
    optimiser = torch.optim.Adam(manifold.parameters())
    facts = {"frames": len(takes.features), "frames_to_validate": len(held_out.features)}
    run = Run(config, folder, manifold, optimiser, rng, facts=facts)
    judged = held_out.draw(_VALIDATION_WINDOWS, np.random.default_rng(0)).to(device)
    for _ in run.updates():
        standard = manifold.standard(takes.draw(config.batch, rng).to(device))
        made, hidden = manifold(standard)
        terms = {
            "reconstruction": mse_loss(made, standard),
            "sparsity": config.sparsity * hidden.mean(),
            "parsimony": config.parsimony * manifold.weight.abs().mean(),
        }
        run.step(torch.stack(list(terms.values())).sum())
        run.note(**terms)
        if run.validation_due and isinstance(kept := run.kept, Manifold):
            run.validated(_judge(kept, judged), chosen_by="cm")
    return load_manifold(folder)


@torch.no_grad()
def _judge(manifold: Manifold, motion: Tensor) -> dict[str, float]:
    hidden = manifold.encode(manifold.standard(motion))
    made = manifold.physical(manifold.decode(hidden))
    active = (hidden > 0).float().mean().item()
    return {"cm": joint_error_cm(made, motion), "active": active}


def joint_error_cm(made: Tensor, true: Tensor) -> float:
    """Mean distance of joints in the body's frame, of features (B, T, 73)."""
    part = LAYOUT.slices["positions_m"]
    apart = (made - true)[..., part].unflatten(-1, (JOINTS, 3))
    return _CM * apart.norm(dim=-1).mean().item()


def train_control(
    manifold: Manifold, takes: Takes, held_out: Takes, config: ControlConfig, folder: Path
) -> Control:
    """Train the stack that leads from a trajectory to the manifold's hidden units.

    The loss is that of the paper: of the motion that the hidden units decode to.
    """
    device, rng = begin(config)
    control = Control(manifold.weight.shape[0], config.dropout)
    control.scale.copy_(control_scale(takes))
    control.to(device)
    manifold = manifold.to(device).eval().requires_grad_(False)
    optimiser = torch.optim.Adam(control.parameters())
    facts = {"frames": len(takes.features), "manifold": fingerprint(manifold.state_dict())}
    run = Run(config, folder, control, optimiser, rng, facts=facts)
    judged = held_out.draw(_VALIDATION_WINDOWS, np.random.default_rng(0)).to(device)
    for _ in run.updates():
        motion = takes.draw(config.batch, rng).to(device)
        made = manifold.decode(control(controls(motion)).transpose(1, 2))
        loss = mse_loss(made, manifold.standard(motion))
        run.step(loss)
        run.note(motion=loss)
        if run.validation_due and isinstance(kept := run.kept, Control):
            run.validated(_judge_control(manifold, kept, judged), chosen_by="error")
    return load_control(folder)


@torch.no_grad()
def _judge_control(manifold: Manifold, control: Control, motion: Tensor) -> dict[str, float]:
    made = manifold.decode(control(controls(motion)).transpose(1, 2))
    standard = manifold.standard(motion)
    cm = joint_error_cm(manifold.physical(made), motion)
    error = mse_loss(made, standard).item()
    return {"error": error, "size": l1_loss(made, standard).item(), "cm": cm}


def controls(motion: Tensor) -> Tensor:
    """(B, T, 7) what the control is given, of features (B, T, 73)."""
    parts = LAYOUT.slices
    signs = 2.0 * (motion[..., parts["contacts"]] > 0.5).float() - 1.0
    return torch.cat((motion[..., parts["root_velocity"]], signs), dim=-1)


def control_scale(takes: Takes) -> Tensor:
    """(7,) one scale for travel and one for turning; contacts have theirs."""
    scale = torch.ones(CONTROL_LAYOUT.size)
    spread = takes.features[:, LAYOUT.slices["root_velocity"]].std(axis=0)
    scale[:2], scale[2] = float(spread[:2].mean()), float(spread[2])
    return scale


def load_manifold(folder: Path) -> Manifold:
    """The manifold of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    manifold = Manifold(kept["config"]["hidden"], kept["config"]["dropout"])
    manifold.load_state_dict(kept["weights"])
    return manifold.eval()


def load_control(folder: Path) -> Control:
    """The control of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    weights = kept["weights"]
    control = Control(len(weights["layers.2.bias"]), kept["config"]["dropout"])
    control.load_state_dict(weights)
    return control.eval()
