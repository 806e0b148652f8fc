"""``python -m backend tables``: the tables in README and manual that follow from models and code.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; what is between is written
anew. A test holds that nothing would change.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import click

from backend.mocap.corpora.known import LAYOUTS, licences_of
from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import ModelContract, load_contract

ROOT: Final = Path(__file__).resolve().parents[2]
MODELS: Final = ROOT / "onnx_models"
PAGES: Final = (
    "README.md",
    "docs/batch.md",
    "docs/licences.md",
    "docs/your-own-model.md",
    "docs/your-own-motion.md",
)
WHOLE: Final = (
    "walk", "gaze", "speech", "gesture", "perform", "quadruped", "video", "physics",
)  # fmt: skip
"""Commands of capabilities that have one."""
EDITS: Final = ("fill", "clean", "restyle", "connect", "loop", "vary", "follow")
"""Commands that share most of their options."""
_WIDTH: Final = 100
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BLOCK: Final = re.compile(r"(<!-- table: ([\w ]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


@click.command()
def command() -> None:
    """Write the tables of README and manual anew."""
    for name in PAGES:
        page = ROOT / name
        before = page.read_text("utf-8")
        after = renewed(before)
        if after != before:
            page.write_text(after, "utf-8")
            click.echo(f"{name} is written anew")


def renewed(text: str) -> str:
    """A page with its tables as they should be.

    Raises:
        InputError: a table's name is unknown.
    """
    return _BLOCK.sub(lambda match: f"{match[1]}{_table(match[2])}\n{match[4]}", text)


def _table(name: str) -> str:
    if name not in TABLES:
        raise InputError(f"there is no table '{name}'; choose one of: {', '.join(TABLES)}")
    return TABLES[name]()


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _contracts() -> list[ModelContract]:
    """Of the models that come along, in the order of their capabilities."""
    names = [name for each in CAPABILITIES for name in each.models.values()]
    return [load_contract(MODELS / f"{name}.json") for name in names]


def _summary(name: str) -> str:
    """First paragraph of a model's card."""
    paragraphs = (MODELS / f"{name}.md").read_text("utf-8").split("\n\n")
    # A link of the card leads nowhere on other pages, and what is bold there is no label here.
    plain = _LINK.sub(r"\1", paragraphs[1]).replace("**", "")
    return " ".join(plain.split()).rstrip(".")


def _models(folder: str) -> str:
    rows = [
        (each.title, task, f"[`{name}`]({folder}/{name}.md)", _summary(name))
        for each in CAPABILITIES
        for task, name in each.models.items()
    ]
    return _rows(("capability", "task", "model", "what it is"), rows)


def _data() -> str:
    rows = [
        (f"`{contract.name}`" if number == 0 else "", source.name, source.licence)
        for contract in _contracts()
        for number, source in enumerate(contract.data)
    ]
    return _rows(("network", "learned from", "its licence"), rows)


def _attributions() -> str:
    """What each source asks to be said, once."""
    said = {
        source.name: source.attribution for contract in _contracts() for source in contract.data
    }
    quotes = [
        textwrap.fill(
            f"{name}: {attribution}",
            _WIDTH,
            initial_indent="> ",
            subsequent_indent="> ",
            break_on_hyphens=False,
        )
        for name, attribution in said.items()
    ]
    return "\n\n".join(quotes)


def _corpora() -> str:
    """Recordings that motion editing can learn from or be judged by."""
    rows = [(keys, layout, licences_of(keys), use) for keys, layout, use in LAYOUTS]
    return _rows(("corpus", "what lies in the folder", "licence", "use"), rows)


def _options(name: str | None) -> str:
    """Options of a capability's command; of None, those that all commands have alike."""
    described = {each: _described(parser) for each, parser in _parsers().items()}
    in_all = set.intersection(*(set(options.items()) for options in described.values()))
    options = next(iter(described.values())) if name is None else described[name]
    return _option_rows({k: v for k, v in options.items() if ((k, v) in in_all) == (name is None)})


def _option_rows(options: Mapping[str, str]) -> str:
    return _rows(("option", "what it does"), options.items())


def _options_of_edits() -> str:
    """What the commands that edit a motion have alike, and others have not."""
    edits = [set(_described(_parsers()[name]).items()) for name in EDITS]
    in_every = set.intersection(*(set(_described(each).items()) for each in _parsers().values()))
    first = _described(_parsers()[EDITS[0]])
    return _option_rows(dict(sorted(set.intersection(*edits) - in_every, key=_place_in(first))))


def _options_of_edit(name: str) -> str:
    """What one of them has alone."""
    edits = [set(_described(_parsers()[each]).items()) for each in EDITS]
    shared = set.intersection(*edits)
    own = _described(_parsers()[name])
    return _option_rows({k: v for k, v in own.items() if (k, v) not in shared})


def _place_in(described: Mapping[str, str]) -> Callable[[tuple[str, str]], int]:
    order = list(described)
    return lambda option: order.index(option[0])


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """Of every capability's commands that work on a scene."""
    return {name: _commands()[name] for name in (*WHOLE, *EDITS)}


def _commands() -> Mapping[str, argparse.ArgumentParser]:
    from blender_addon import cli

    subparsers = next(
        action
        for action in cli.parser()._actions  # argparse has no public way to list them
        if isinstance(action, argparse._SubParsersAction)
    )
    return cast("Mapping[str, argparse.ArgumentParser]", subparsers.choices)


def _described(parser: argparse.ArgumentParser) -> dict[str, str]:
    """What each option does, by how it is written."""
    described = {}
    for action in parser._actions:
        if action.option_strings and action.help is not argparse.SUPPRESS:
            described[_written(action)] = _explained(action)
    return described


def _written(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {_value(action)}"
    names = ", ".join(each for each in action.option_strings if each.startswith("--"))
    return f"`{names}{value}`"


def _value(action: argparse.Action) -> str:
    if action.metavar is not None:
        return " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar
    if action.choices is not None:
        return "\\|".join(map(str, action.choices))
    return {int: "N", float: "X", Path: "FILE"}.get(action.type, "NAME")


def _explained(action: argparse.Action) -> str:
    needed = "needed; " if action.required else ""
    shown = action.default is not None and action.nargs != 0 and action.default != []
    default = f" ({action.default})" if shown else ""
    text = (action.help or "").replace("(%(default)s)", "").replace("%%", "%").strip()
    return f"{needed}{text}{default}".strip().replace("|", "\\|")


TABLES: Final[dict[str, Callable[[], str]]] = {
    "models": lambda: _models("onnx_models"),
    "models from the manual": lambda: _models("../onnx_models"),
    "data": _data,
    "attributions": _attributions,
    "corpora": _corpora,
    "options": lambda: _options(None),
    **{f"options of {each}": lambda name=each: _options(name) for each in WHOLE},
    **{f"options of {each}": lambda name=each: _options_of_edit(name) for each in EDITS},
    "options of edits": _options_of_edits,
    "options of map": lambda: _option_rows(_described(_commands()["map"])),
    "options of character": lambda: _option_rows(_described(_commands()["character"])),
    "options of run": lambda: _option_rows(_described(_commands()["run"])),
}
