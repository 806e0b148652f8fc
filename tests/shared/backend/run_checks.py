"""What every training loop has to keep.

Cut off and resumed, it is the run that never stopped; an ablation is a run of its own.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import torch
from click.testing import CliRunner

from backend.export.onnx_export import ExportReport
from backend.training.checkpoint import read_file
from backend.training.run import Run, load_weights


class StoppedError(Exception):
    """The power is cut."""


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, tensors included."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(itertools.starmap(same, zip(one, other, strict=True)))
    return bool(one == other)


def content(path: Path) -> dict[str, Any]:
    """A file but for the time it took."""
    kept = read_file(path)
    kept.get("progress", {}).pop("minutes", None)
    return kept


def differing_files(one: Path, other: Path) -> list[str]:
    """Names of checkpoints and weights of one run that the other has not, or has otherwise."""
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*.pt"))
    assert any(name.endswith("checkpoint.pt") for name in names)
    return [
        name
        for name in names
        if not (other / name).exists() or not same(content(one / name), content(other / name))
    ]


def cut_off(train: Callable[[Path], Any], folder: Path, steps: int) -> None:
    """Train, and cut the power after some steps."""
    left = itertools.count(steps, -1)
    step = Run.step

    def stopping(run: Run, loss: torch.Tensor) -> None:
        if next(left) == 0:
            raise StoppedError
        step(run, loss)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "step", stopping)
        with pytest.raises(StoppedError):
            train(folder)


def assert_cutting_it_off_changes_nothing(
    train: Callable[[Path], Any], folder: Path, steps: int
) -> None:
    """Compare a run cut off after some steps, and resumed, with one that never stopped."""
    train(folder / "whole")
    cut_off(train, folder / "cut", steps)
    assert differing_files(folder / "whole", folder / "cut")
    train(folder / "cut")
    assert differing_files(folder / "whole", folder / "cut") == []


def _exporting(real: Callable[..., ExportReport], kept: list[ExportReport], again: bool) -> Any:
    """Exports as ``real`` does and keeps the report; or puts the model there that it made first."""

    def export(run: Path, *more: Any) -> ExportReport:
        if again:
            assert load_weights(run), "it is trained already"
            return replace(kept[0], path=Path(shutil.copy(kept[0].path, run)))
        kept.append(real(run, *more))
        return kept[-1]

    return export


def assert_ablations_are_runs_of_their_own(
    command: click.Command,
    given: Mapping[str, Any],
    folder: Path,
    ablations: Mapping[str, Any],
    inside: str = "",
    alike: tuple[ModuleType, Collection[str]] | None = None,
) -> None:
    """Train the whole and then every ablation by the command line, all with the same ``--run``.

    Args:
        command: trains.
        given: its options.
        folder: for the runs.
        ablations: what each changes, by name.
        inside: where in a run's folder it keeps its files.
        alike: the module whose ``export`` the command calls, and the ablations whose networks
            differ from the whole in their weights alone: their graphs are not made anew.
    """
    texts = [text for name, value in given.items() for text in (f"--{name}", str(value))]
    kept, reports = {}, list[ExportReport]()
    for name in ("none", *ablations):
        arguments = [*texts, "--run", str(folder / "run"), "--ablation", name]
        with pytest.MonkeyPatch.context() as patch:
            if alike:
                export = _exporting(alike[0].export, reports, name in alike[1])
                patch.setattr(alike[0], "export", export)
            done = CliRunner().invoke(command, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        run = folder / ("run" if name == "none" else f"run-{name}") / inside
        assert list(run.glob("*.onnx")), "every one is exported beside its checkpoints"
        kept[name] = load_weights(run)
    whole = kept.pop("none")
    for name, changed in ablations.items():
        config = kept[name]["config"]
        assert {each for each in config if config[each] != whole["config"][each]} == set(changed)
        assert not same(kept[name]["weights"], whole["weights"])
