"""Options follow from the fields of a configuration, and an ablation keeps to its own folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import click
import pytest
from click.testing import CliRunner

from backend.training.options import may_change, setting, training_command


@dataclass(frozen=True)
class Inner:
    """A nested part."""

    size: int = setting(4, "How large.", least=1)


@dataclass(frozen=True)
class Outer:
    """All kinds of fields."""

    kind: Literal["gru", "lstm"] = setting("gru", "Which one.")
    rate: float = setting(0.5, "How fast.", least=0, most=1)
    phased: bool = setting(True, "With phase.")
    pair: tuple[float, float] = setting((1.0, 2.0), "Two numbers.")
    stages: tuple[tuple[float, int], ...] = setting(((0.5, 1), (0.5, 8)), "Share and length.")
    names: tuple[str, ...] = setting((), "Any number.")
    budget: int = setting(10, "How long.", may_change=True)
    inner: Inner = field(default_factory=Inner)


@dataclass(frozen=True)
class Changed(Outer):
    """Other defaults, the same meanings."""

    rate: float = 0.25


def invoke(*arguments: str, config_type: type = Outer) -> dict[str, Any]:
    """What a command of ours was called with."""
    found: dict[str, Any] = {}

    @training_command(
        config_type,
        data=Path("data"),
        run=Path("runs/toy"),
        ablations={"no-phase": {"phased": False}},
        without=("names",),
    )
    @click.option("--extra", default=1)
    def command(**given: Any) -> None:
        """Train a toy."""
        found.update(given)

    done = CliRunner().invoke(command, arguments)
    found["output"], found["code"] = done.output, done.exit_code
    return found


def test_defaults_are_the_fields_own() -> None:
    found = invoke()
    assert found["code"] == 0, found["output"]
    assert found["config"] == Outer() and found["extra"] == 1
    assert (found["data"], found["run"]) == (Path("data"), Path("runs/toy"))


def test_every_field_is_an_option() -> None:
    given = "--kind lstm --rate 0.1 --no-phased --pair 3 4 --stages 1 16 --budget 5 --inner-size 9"
    config = invoke(*given.split())["config"]
    assert config == Outer("lstm", 0.1, False, (3.0, 4.0), ((1.0, 16),), (), 5, Inner(9))


def test_what_a_field_means_is_its_help() -> None:
    output = invoke("--help")["output"]
    for told in ("Which one.", "--inner-size", "How large.", "[gru|lstm]", "default: 0.5"):
        assert told in output
    assert "--names" not in output
    assert "default: 0.25" in invoke("--help", config_type=Changed)["output"]


@pytest.mark.parametrize("wrong", ["--rate 2", "--inner-size 0", "--kind rnn", "--ablation no"])
def test_what_is_out_of_range_is_refused(wrong: str) -> None:
    found = invoke(*wrong.split())
    assert found["code"] == 2 and "Invalid value" in found["output"]


def test_an_ablation_has_a_folder_of_its_own() -> None:
    found = invoke("--ablation", "no-phase", "--budget", "3")
    assert found["run"] == Path("runs/toy-no-phase")
    assert found["config"] == Outer(phased=False, budget=3)


def test_what_may_change_is_said_at_the_field() -> None:
    assert may_change(Outer) == may_change(Changed) == {"budget"}


def test_a_field_without_a_meaning_is_an_error() -> None:
    @dataclass(frozen=True)
    class Mute:
        size: int = 4

    with pytest.raises(TypeError, match=r"Mute\.size has no meaning"):
        training_command(Mute, data=Path(), run=Path())(lambda: None)
