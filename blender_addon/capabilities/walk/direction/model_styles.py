"""The named styles of the chosen model, as its contract lists them: quick enough for every redraw.

Beside ``walker.onnx`` a folder ``walker.styles`` may hold a picture of each, ``brisk.png``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ....core.errors import ContractError, ModelError
from ....core.inference.choice import ModelChoice
from ....core.walk.direction import Directions

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ....core.inference.contract import ModelContract
    from ....core.walk.styles import NamedStyle

_ENDING: Final = ".styles"


def named_styles(models: ModelChoice) -> tuple[NamedStyle, ...]:
    """The styles that can be asked for; none where the model has none or cannot be read."""
    contract = model_contract(models)
    try:
        return () if contract is None else _named_in(contract)
    except ContractError:
        return ()  # Generate Walk says what is wrong with the model


def model_contract(models: ModelChoice) -> ModelContract | None:
    """The contract of the chosen model; None where there is none or it cannot be read."""
    path = _model_path(models)
    if path is None:
        return None
    try:
        return _contract(path.with_suffix(".json"), path.with_suffix(".json").stat().st_mtime)
    except (ContractError, OSError):
        return None  # Generate Walk says what is wrong with the model


def style_pictures(models: ModelChoice) -> Path | None:
    """The folder in which the pictures of the model's styles lie; there may be none."""
    path = _model_path(models)
    return None if path is None else path.with_suffix(_ENDING)


def style_problem(directions: Directions, models: ModelChoice) -> str:
    """A style that the model does not have, and which it has; empty if it has all asked for."""
    known = [each.name for each in named_styles(models)]
    choices = [directions.style, *(change.style for change in directions.style_changes)]
    for name in [name for each in choices for name in (each.name, each.other) if name]:
        if name not in known:
            path = _model_path(models)
            model = "the model" if path is None else f"the model '{path.stem}'"
            there = f"there are: {', '.join(known)}" if known else "it has none with a name"
            return (
                f"{model} has no style '{name}'; {there}. Choose another style, or As the Seed "
                "Picks"
            )
    return ""


def _model_path(models: ModelChoice) -> Path | None:
    from ....core.inference.model_list import find_model
    from ....core.walk.pipeline import TASK

    try:
        return find_model(TASK, models)
    except (ModelError, OSError):
        return None


@lru_cache(maxsize=4)
def _contract(path: Path, _changed: float) -> ModelContract:
    from ....core.inference.contract import load_contract

    return load_contract(path)


def _named_in(contract: ModelContract) -> tuple[NamedStyle, ...]:
    from ....core.inference.settings import SettingsReader
    from ....core.walk.styles import NamedStyle

    settings = SettingsReader(contract)
    if not settings.has("named_styles"):
        return ()
    names = settings.names("named_styles")
    titles = settings.names("named_style_titles", count=len(names))
    described = settings.names("named_style_descriptions", count=len(names))
    return tuple(map(NamedStyle, names, titles, described))
