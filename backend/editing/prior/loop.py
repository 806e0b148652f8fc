"""Training of the prior, and of the models it is compared with.

Five networks of one build: an autoencoder, one that also mends what was corrupted, a variational
one, the variational one sharpened by a critic, and a generator told a label and a speed that knows
the data by a critic alone; its encoder learns to find the latent of what it made.

Source: Vincent et al. 2008 (denoising); Kingma & Welling 2014, Higgins et al. 2017 (β-VAE); Larsen
et al. 2016 (VAE with a critic and its hidden units); Mao et al. 2017 (least squares); Zhu et al.
2017, BicycleGAN (regression of the latent).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights

from .components import fit_components, fit_normalisation, normalised_parts
from .data import Batch, PriorData
from .losses import Reconstruction, compare, surprise
from .network import Autoencoder, Critic, Normalised

KINDS = ("vae_gan", "vae", "ae", "denoising", "cgan")
_VALIDATION_WINDOWS = 192
_COMPONENT_WINDOWS = 3000


@dataclass(frozen=True)
class PriorConfig(RunConfig):
    """Everything that decides a run."""

    kind: Literal["vae_gan", "vae", "ae", "denoising", "cgan"] = setting(
        "vae_gan", "Which of the models."
    )
    latent: int = setting(96, "Numbers of a window of two seconds.", least=2)
    batch: int = setting(48, "Windows in an update.", least=2)
    beta: float = setting(1e-3, "Weight of what a latent tells, per nat.", least=0)
    places: float = setting(1.0, "Weight of joints' places.", least=0)
    motion: float = setting(0.5, "Weight of joints' velocities.", least=0)
    sliding: float = setting(0.2, "Weight of feet that slide.", least=0)
    adversarial: float = setting(0.03, "Weight of the critic's score.", least=0)
    matching: float = setting(0.5, "Weight of the critic's hidden units.", least=0)
    critic_from: float = setting(
        0.4, "Share of the budget after which the critic sharpens.", least=0, most=1
    )
    critic_rate: float = setting(3e-4, "Learning rate of the critic.", least=0)
    corruption: float = setting(0.5, "Noise and missing joints of the denoising one.", least=0)
    learning_rate: float = setting(1e-3, "At its height.", least=0)
    warm_up: int = setting(50, "Updates until the learning rate is at its height.", least=0)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    averaging: float = setting(
        0.995, "Decay of the moving average of the weights, which is then what is kept.",
        least=0, most=1,
    )  # fmt: skip
    max_minutes: float = setting(
        20.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    max_updates: int = setting(
        40_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    validate_every: int = setting(200, "Updates between validations and checkpoints.", least=1)


def train(data: PriorData, held_out: PriorData, config: PriorConfig, folder: Path) -> Autoencoder:
    """Train until the time is spent; resumes from ``folder``.

    Returns:
        The newest weights, averaged.
    """
    device, rng = begin(config)
    labels = len(data.labels)
    network = Autoencoder(config.latent, labels if config.kind == "cgan" else 0).to(device)
    critic = Critic(labels).to(device)
    fit_normalisation(data.frames[::4], (*normalised_parts(network), critic))
    fit_components(network, data.draw(_COMPONENT_WINDOWS, np.random.default_rng(0)).windows)
    optimiser = torch.optim.Adam(network.parameters(), betas=_betas(config))
    critic_optimiser = torch.optim.Adam(
        critic.parameters(), lr=config.critic_rate, betas=(0.5, 0.99)
    )
    run = Run(
        config, folder, network, optimiser, rng,
        parts={"critic": critic, "critic_optimiser": critic_optimiser},
        facts={"frames": data.frame_count, "labels": list(data.labels)},
    )  # fmt: skip
    trainer = Trainer(config, network, critic, critic_optimiser)
    for _ in run.updates():
        batch = data.draw(config.batch, rng)
        loss, notes = trainer.update(batch, run.share)
        run.step(loss)
        run.note(**notes)
        if run.validation_due and isinstance(kept := run.kept, Autoencoder):
            run.validated(validate(kept, held_out))
    return load_autoencoder(folder)[0]


def _betas(config: PriorConfig) -> tuple[float, float]:
    return (0.5, 0.99) if config.kind == "cgan" else (0.9, 0.999)


class Trainer:
    """Makes the loss of an update, and lets the critic learn beside it."""

    def __init__(
        self,
        config: PriorConfig,
        network: Autoencoder,
        critic: Critic,
        critic_optimiser: torch.optim.Optimizer,
    ) -> None:
        self.config, self.network = config, network
        self.critic, self.critic_optimiser = critic, critic_optimiser

    def update(self, batch: Batch, share: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of the network, and what to note.

        Args:
            batch: true windows.
            share: how much of the budget is spent.
        """
        if self.config.kind == "cgan":
            return self._update_cgan(batch)
        made, nats = self._pass(batch)
        errors = compare(self.network.decoder, made, batch.windows)
        loss = self._weighted(errors) + self.config.beta * nats.mean()
        notes = {"loss": loss, "joint_cm": errors.joint_cm, "nats": nats.mean()}
        if self.config.kind == "vae_gan" and share >= self.config.critic_from:
            sharpening, critic_notes = self._sharpen(batch, made)
            loss, notes = loss + sharpening, notes | critic_notes
        return loss, notes

    def _weighted(self, errors: Reconstruction) -> Tensor:
        config = self.config
        return errors.total(config.places, config.motion, config.sliding)

    def _pass(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Windows that came back, and what their latents tell, nats."""
        network, seen = self.network, batch.windows
        if self.config.kind == "denoising":
            seen = corrupt(network.encoder, seen, self.config.corruption)
        mean, log_variance = network.encoder.moments(seen)
        if self.config.kind in ("ae", "denoising"):
            made = network.decode(mean, batch.labels, batch.speeds)
            return made, torch.zeros(len(mean))
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        made = network.decode(drawn, batch.labels, batch.speeds)
        return made, surprise(mean, log_variance)

    def _sharpen(self, batch: Batch, made: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """What the critic says of windows that came back and of windows drawn from the prior."""
        half = len(made) // 2
        drawn = self.network.decode(
            torch.randn(half, self.network.latent), batch.labels[:half], batch.speeds[:half]
        )
        unknown = torch.full_like(batch.labels[:half], self.critic.condition.unknown)
        fakes = torch.cat((made, drawn))
        labels = torch.cat((batch.labels, unknown))
        speeds = torch.cat((batch.speeds, batch.speeds[:half]))
        reals = torch.cat((batch.windows, batch.windows[half : 2 * half]))
        learned = self._teach(reals, fakes.detach(), labels, speeds)
        score, hidden = self.critic(fakes, labels, speeds)
        with torch.no_grad():
            _, true_hidden = self.critic(batch.windows, batch.labels, batch.speeds)
        matched = (hidden[: len(made)] - true_hidden).abs().mean()
        fooled = (score - 1.0).square().mean()
        loss = self.config.adversarial * fooled + self.config.matching * matched
        return loss, {"fooled": fooled, "matched": matched, "critic": learned}

    def _teach(self, reals: Tensor, fakes: Tensor, labels: Tensor, speeds: Tensor) -> Tensor:
        """One step of the critic: real windows to 1, made ones to 0."""
        real, _ = self.critic(reals, labels, speeds)
        fake, _ = self.critic(fakes, labels, speeds)
        loss = 0.5 * ((real - 1.0).square().mean() + fake.square().mean())
        self.critic_optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.critic_optimiser.step()
        return loss.detach()

    def _update_cgan(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        latents = torch.randn(len(batch.labels), self.network.latent)
        made = self.network.decode(latents, batch.labels, batch.speeds)
        learned = self._teach(batch.windows, made.detach(), batch.labels, batch.speeds)
        score, _ = self.critic(made, batch.labels, batch.speeds)
        fooled = (score - 1.0).square().mean()
        found = (self.network.encoder(made) - latents).square().mean()
        loss = fooled + self.config.matching * found
        return loss, {"fooled": fooled, "found": found, "critic": learned}


def corrupt(norm: Normalised, windows: Tensor, amount: float) -> Tensor:
    """Windows (B, 60, F) with noise on every number and a tenth of them missing."""
    noisy = windows + amount * norm.scale * torch.randn_like(windows)
    missing = (torch.rand_like(windows) < 0.2 * amount).float()
    return noisy + missing * (norm.mean - noisy)


@torch.no_grad()
def validate(network: Autoencoder, data: PriorData) -> dict[str, float]:
    """Of the same held-out windows every time."""
    batch = data.draw(_VALIDATION_WINDOWS, np.random.default_rng(0))
    mean, log_variance = network.encoder.moments(batch.windows)
    made = network.decode(mean, batch.labels, batch.speeds)
    errors = compare(network.decoder, made, batch.windows)
    names = ("features", "places", "motion", "sliding", "joint_cm")
    measures = {name: getattr(errors, name).item() for name in names}
    shaken = [_second(network.decoder, each) for each in (made, batch.windows)]
    nats = surprise(mean, log_variance).mean().item()
    return {**measures, "nats": nats, "shake_ratio": shaken[0] / shaken[1]}


def _second(norm: Normalised, windows: Tensor) -> float:
    """Mean size of second differences of standardised windows."""
    x = windows / norm.scale
    return (x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2]).abs().mean().item()


def load_autoencoder(folder: Path) -> tuple[Autoencoder, dict[str, Any]]:
    """The network of a run, in evaluation mode, and what is kept beside it.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    labels = len(kept["facts"]["labels"]) if kept["config"]["kind"] == "cgan" else 0
    network = Autoencoder(kept["config"]["latent"], labels)
    network.load_state_dict(kept["weights"])
    return network.eval(), kept
