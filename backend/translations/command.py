"""Says which texts a language lacks: ``python -m backend translations [LOCALE] [--write FILE]``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

import blender_addon
from blender_addon.blender.translation import TABLES, locales, table

from .texts import interface_texts, told_texts

_PLACE: Final = re.compile(r"\{\d+\}")


@dataclass(frozen=True)
class Comparison:
    """A language's table against the texts of the add-on.

    Args:
        missing: texts without a translation.
        stale: translations of texts that are gone.
        misplaced: translations in which a value would be lost or put in twice.
    """

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    misplaced: tuple[str, ...]


def all_texts() -> set[str]:
    """Every text of the add-on, which is registered for as long as that takes."""
    blender_addon.register()
    try:
        return interface_texts() | told_texts()
    finally:
        blender_addon.unregister()


def compare(texts: set[str], translations: Mapping[str, str]) -> Comparison:
    """Hold a table against the texts."""
    return Comparison(
        missing=tuple(sorted(texts - set(translations))),
        stale=tuple(sorted(set(translations) - texts)),
        misplaced=tuple(
            sorted(one for one, other in translations.items() if _places(one) != _places(other))
        ),
    )


def _places(text: str) -> Counter[str]:
    return Counter(_PLACE.findall(text))


def save_table(path: Path, translations: Mapping[str, str]) -> None:
    """Write a table in the order of the English texts."""
    text = json.dumps(dict(sorted(translations.items())), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", "utf-8")


@click.command("translations", help=__doc__)
@click.argument("locale", required=False)
@click.option("--write", type=click.Path(path_type=Path), help="Missing texts, as a table to fill.")
@click.option(
    "--add", type=click.Path(path_type=Path, exists=True), help="Takes a filled table in."
)
@click.option("--prune", is_flag=True, help="Takes out what translates nothing any more.")
def command(locale: str | None, write: Path | None, add: Path | None, prune: bool) -> None:
    """Compare tables with the add-on's texts."""
    texts = all_texts()
    for each in [locale] if locale else locales():
        path = TABLES / f"{each}.json"
        known = dict(table(each)) if path.is_file() else {}
        if add:
            known |= {k: v for k, v in json.loads(add.read_text("utf-8")).items() if v}
        found = compare(texts, known)
        if prune:
            known = {text: known[text] for text in known if text not in found.stale}
        if add or prune:
            save_table(path, known)
        if write:
            save_table(write, dict.fromkeys(found.missing, ""))
        click.echo(
            f"{each}: {len(known)} of {len(texts)} texts, {len(found.missing)} missing, "
            f"{len(found.stale)} stale"
        )
        for text in found.misplaced:
            click.echo(f"  other places than in English: {text}")
