"""A run goes on as if it had never stopped, and refuses whatever is not the same run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from blender_addon.core.errors import InputError, ModelError

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.training.checkpoint import fingerprint, read_file, write_file  # noqa: E402
from backend.training.options import setting  # noqa: E402
from backend.training.run import (  # noqa: E402
    Progress,
    Run,
    RunConfig,
    begin,
    find_device,
    load_weights,
)
from tests.shared.backend.run_checks import (  # noqa: E402
    assert_cutting_it_off_changes_nothing,
    cut_off,
    differing_files,
)

pytestmark = pytest.mark.torch


@dataclass(frozen=True)
class Sizes:
    """A nested part of a configuration."""

    hidden: int = setting(8, "Width.")


@dataclass(frozen=True)
class ToyConfig(RunConfig):
    """Of the toy below."""

    learning_rate: float = 0.01
    threads: int = 1
    max_minutes: float = 1e9
    max_updates: int = 24
    validate_every: int = 6
    warm_up: int = 5
    averaging: float = 0.9
    sizes: Sizes = Sizes()


CONFIG = ToyConfig()


class Walker:
    """Data that are played: a point that walks on, and is lost where it is not kept."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.at = rng, torch.zeros(3)

    def read(self) -> torch.Tensor:
        self.at = 0.9 * self.at + torch.from_numpy(self.rng.normal(size=3)).float()
        return self.at

    def state_dict(self) -> dict[str, Any]:
        return {"at": self.at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at = state["at"]


def train(
    folder: Path,
    config: ToyConfig = CONFIG,
    *,
    value: Callable[[int], float] | None = None,
    **given: Any,
) -> Run:
    """A network that learns the mean of its input, with dropout and noise of torch's own."""
    _, rng = begin(config)
    hidden = config.sizes.hidden
    network = torch.nn.Sequential(
        torch.nn.Linear(3, hidden), torch.nn.Dropout(0.3), torch.nn.Linear(hidden, 1)
    )
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=0.1)
    walker = Walker(rng)
    run = Run(config, folder, network, optimiser, rng, {"walker": walker}, **given)
    for number in run.updates():
        inputs = walker.read() + 0.1 * torch.randn(16, 3)
        with run.autocast():
            outputs = network(inputs)
        loss = (outputs.float() - inputs.mean(1, keepdim=True)).square().mean()
        run.step(loss)
        run.note(loss=loss)
        if run.validation_due:
            run.validated({"loss": value(number) if value else loss.item()}, chosen_by="loss")
    return run


@pytest.mark.parametrize("averaging", [0.0, 0.9])
@pytest.mark.parametrize("stop_after", [7, 12, 23])
def test_a_run_cut_off_and_resumed_is_the_run_that_never_stopped(
    tmp_path: Path, stop_after: int, averaging: float
) -> None:
    config = replace(CONFIG, averaging=averaging)
    assert_cutting_it_off_changes_nothing(lambda to: train(to, config), tmp_path, stop_after)


@pytest.mark.parametrize("lost", ["random", "parts", "average"])
def test_everything_in_a_checkpoint_matters(tmp_path: Path, lost: str) -> None:
    """The comparison above sees it when one of the states is not the right one."""
    train(tmp_path / "whole")
    cut_off(train, tmp_path / "cut", 12)
    cut_off(train, tmp_path / "early", 6)
    path = tmp_path / "cut" / "checkpoint.pt"
    wrong = read_file(tmp_path / "early" / "checkpoint.pt")[lost]
    write_file(path, {**read_file(path), lost: wrong})
    train(tmp_path / "cut")
    assert "checkpoint.pt" in differing_files(tmp_path / "whole", tmp_path / "cut")


def test_a_finished_run_stays_as_it_is(tmp_path: Path) -> None:
    train(tmp_path)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert train(tmp_path).finished
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"clip": 2.0}, "clip is 1.0 there, 2.0 here"),
        ({"sizes": Sizes(4)}, "sizes.hidden is 8 there, 4 here"),
        ({"seed": 8, "precision": "bf16"}, "precision is fp32 there, bf16 here; seed is 7 there"),
    ],
)
def test_another_configuration_is_refused_field_by_field(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    train(tmp_path)
    with pytest.raises(InputError, match=message):
        train(tmp_path, replace(CONFIG, **changed))


def test_other_data_are_refused(tmp_path: Path) -> None:
    train(tmp_path, facts={"recordings": ("one", "two")})
    with pytest.raises(InputError, match=r"recordings is .*'two'.* there, .*'three'.* here"):
        train(tmp_path, facts={"recordings": ("one", "three")})
    with pytest.raises(InputError, match=r"recordings is .* there, absent here"):
        train(tmp_path)


def test_a_budget_may_change_and_bends_what_is_left_of_the_schedule(tmp_path: Path) -> None:
    train(tmp_path)
    rate = read_file(tmp_path / "checkpoint.pt")["parts"]["optimiser"]["param_groups"][0]["lr"]
    assert rate < 0.1 * CONFIG.learning_rate
    longer = train(tmp_path, replace(CONFIG, max_updates=48))
    assert longer.progress.update == 48
    half = replace(CONFIG, max_updates=48, max_minutes=1e10)
    assert Progress(24).share(half) == 0.5
    again = train(tmp_path, replace(CONFIG, max_updates=96))
    assert again.progress.update == 96
    assert train(tmp_path, replace(CONFIG, max_updates=10)).progress.update == 96


def test_the_rate_warms_up_and_falls_by_a_cosine(tmp_path: Path) -> None:
    config = replace(CONFIG, warm_up=4, final_rate=0.1, max_updates=100, learning_rate=1.0)
    run = new_run(config, tmp_path)
    found = []
    for update in (0, 1, 3, 50, 100):
        run.progress.update = update
        found.append(run.learning_rate())

    def cosine(share: float) -> float:
        return 0.1 + 0.45 * (1 + math.cos(math.pi * share))

    desired = [0.25, 0.5 * cosine(0.01), cosine(0.03), 0.55, 0.1]
    np.testing.assert_allclose(found, desired, rtol=1e-6)


def new_run(config: ToyConfig, folder: Path, **given: Any) -> Run:
    device, rng = begin(config)
    network = torch.nn.Linear(2, 1).to(device)
    return Run(config, folder, network, torch.optim.SGD(network.parameters()), rng, **given)


def test_what_is_spent_first_ends_it() -> None:
    config = replace(CONFIG, max_minutes=10.0, max_updates=100)
    assert Progress(update=20, minutes=5.0).share(config) == 0.5
    assert Progress(update=80, minutes=5.0).share(config) == 0.8
    assert Progress(update=101).share(config) == 1.0
    assert Progress().share(replace(config, max_updates=0)) == 1.0


def test_minutes_add_up_over_resumed_runs(tmp_path: Path) -> None:
    """Each look at this clock is thirty seconds later; a step looks once, a validation too."""
    config = replace(CONFIG, max_minutes=6.0, max_updates=1000, validate_every=2)

    def clock() -> Callable[[], float]:
        return itertools.count(0.0, 30.0).__next__

    cut_off(lambda to: train(to, config, clock=clock()), tmp_path, 2)
    assert read_file(tmp_path / "checkpoint.pt")["progress"]["minutes"] == 1.5
    run = train(tmp_path, config, clock=clock())
    assert run.progress.update == 8 and run.progress.minutes >= 6.0


def test_it_stops_early_where_it_stands_still(tmp_path: Path) -> None:
    config = replace(CONFIG, max_updates=1000, validate_every=2, patience=3)
    run = train(tmp_path, config, value=lambda update: 1.0)
    assert run.progress.update == 2 * (1 + 3) and run.finished
    assert load_weights(tmp_path)["update"] == 2
    patient = train(tmp_path, replace(config, patience=5), value=lambda update: 1.0)
    assert patient.progress.update == 2 * (1 + 5)


def test_the_best_weights_are_kept_not_the_last(tmp_path: Path) -> None:
    values = {6: 3.0, 12: 1.0, 18: 2.0, 24: 1.5}
    run = train(tmp_path, value=values.__getitem__)
    assert run.progress.best == 1.0
    assert [row["loss"] for row in run.progress.history] == list(values.values())
    assert load_weights(tmp_path)["update"] == 12
    cut_off(train, tmp_path / "twelve", 12)
    average = read_file(tmp_path / "twelve" / "checkpoint.pt")["average"]
    for name, weight in load_weights(tmp_path)["weights"].items():
        assert torch.equal(weight, average[f"module.{name}"])


def test_the_average_trails_the_weights(tmp_path: Path) -> None:
    run = new_run(replace(CONFIG, averaging=0.75), tmp_path)
    first = run.network.weight.detach().clone()
    run.average.update_parameters(run.network)
    with torch.no_grad():
        run.network.weight.add_(1.0)
    run.average.update_parameters(run.network)
    np.testing.assert_allclose(run.kept.weight.detach(), first + 0.25, rtol=1e-6)
    assert new_run(replace(CONFIG, averaging=0.0), tmp_path / "none").average is None


def test_gradients_are_shortened(tmp_path: Path) -> None:
    run = new_run(replace(CONFIG, clip=0.5, averaging=0.0), tmp_path)
    run.step(1e3 * run.network(torch.ones(1, 2)).sum())
    norm = math.sqrt(sum(p.grad.square().sum().item() for p in run.network.parameters()))
    assert norm == pytest.approx(0.5, rel=1e-4)


def test_a_diverged_network_is_an_error_and_spoils_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nan after 12 updates: the network has diverged"):
        train(tmp_path, value=lambda update: 1.0 if update < 12 else math.nan)
    assert read_file(tmp_path / "checkpoint.pt")["progress"]["update"] == 6


def test_curves_are_drawn(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(tmp_path)
    found = EventAccumulator(str(tmp_path / "curves")).Reload()
    assert [point.step for point in found.Scalars("train/loss")] == [10, 20]
    assert [point.step for point in found.Scalars("validation/loss")] == [6, 12, 18, 24]


@pytest.mark.parametrize("name", ["checkpoint.pt", "weights.pt"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty", "foreign"])
def test_a_damaged_or_foreign_file_is_told_in_our_words(
    tmp_path: Path, name: str, damage: str
) -> None:
    train(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    weight = read_file(path)["network" if name == "checkpoint.pt" else "weights"]["0.weight"]
    flipped = whole.replace(weight.numpy().tobytes(), (weight + 1.0).numpy().tobytes())
    assert flipped != whole
    damaged = {"cut": whole[: len(whole) // 2], "flipped": flipped, "text": b"hello"}
    path.write_bytes(damaged.get(damage, b""))
    message = "is damaged or no file of a training run"
    if damage == "foreign":
        torch.save({"weights": torch.zeros(2)}, path)
        message = "says 'None' of its format"
    with pytest.raises(InputError, match=message):
        train(tmp_path) if name == "checkpoint.pt" else load_weights(tmp_path)


def test_a_file_that_would_run_code_is_not_read(tmp_path: Path) -> None:
    torch.save({"format": Walker}, tmp_path / "weights.pt")
    with pytest.raises(InputError, match="damaged or no file of a training run"):
        load_weights(tmp_path)


def test_a_network_of_another_shape_is_told_by_its_weights(tmp_path: Path) -> None:
    train(tmp_path)
    path = tmp_path / "checkpoint.pt"
    kept = read_file(path)
    kept["network"]["0.weight"] = torch.zeros(5, 3)
    write_file(path, kept)
    with pytest.raises(InputError, match=r"0.weight is \(5, 3\) there, \(8, 3\) here"):
        train(tmp_path)


def test_nothing_trained_yet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"weights\.pt is missing; train first"):
        load_weights(tmp_path)


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    write_file(tmp_path / "one.pt", {"value": 1})
    with pytest.raises((AttributeError, TypeError, RuntimeError)):
        write_file(tmp_path / "one.pt", {"value": lambda: None})
    assert read_file(tmp_path / "one.pt")["value"] == 1


def test_a_device_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"--device cuda was asked for, but .* finds no CUDA"):
        find_device(replace(CONFIG, device="cuda"))
    assert find_device(CONFIG).type == "cpu"


def test_bfloat16_makes_the_products(tmp_path: Path) -> None:
    run = new_run(replace(CONFIG, precision="bf16"), tmp_path)
    with run.autocast():
        assert run.network(torch.ones(1, 2)).dtype == torch.bfloat16
    run = train(tmp_path / "toy", replace(CONFIG, precision="bf16"))
    assert {p.dtype for p in run.network.parameters()} == {torch.float32}


def test_a_fingerprint_tells_weights_apart() -> None:
    one = {"a": torch.arange(3.0)}
    assert fingerprint(one) == fingerprint({"a": torch.arange(3.0)})
    assert fingerprint(one) != fingerprint({"b": torch.arange(3.0)})
    assert fingerprint(one) != fingerprint({"a": torch.arange(3.0) + 1e-6})
