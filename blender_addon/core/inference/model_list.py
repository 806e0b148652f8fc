"""The models there are, with what an animator may want to know of them: licence, data, problems."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..capabilities import usual_model
from ..errors import REPORTED, ModelError, in_words
from .choice import ModelChoice, model_folders
from .contract import ModelContract, load_contract
from .model_file import check_sha256, read_bytes

MAX_CARD_BYTES = 1_000_000
_LONGEST_TITLE = 80


@dataclass(frozen=True)
class ListedModel:
    """One model file.

    Args:
        name: without its ending.
        path: of the .onnx file.
        is_own: it lies in the user's folder.
        task: what it does; empty where the contract cannot be read.
        megabytes: size of the network.
        licence: of the weights.
        sources: name and licence of each data set it was trained on.
        attributions: what the sources ask to be said.
        problem: why it cannot be used; empty if it can.
        title: for people: as its contract says, else made of its name.
    """

    name: str
    path: Path
    is_own: bool
    task: str = ""
    megabytes: float = 0.0
    licence: str = ""
    sources: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()
    problem: str = ""
    title: str = ""

    @property
    def card(self) -> Path:
        """Its card, which may be missing."""
        return self.path.with_suffix(".md")


def listed_models(choice: ModelChoice) -> list[ListedModel]:
    """Every model in the user's folder and among the bundled ones; one that is hidden by another
    of the same name comes out once. Quick if no file has changed: panels ask at every redraw.
    """
    found: dict[str, ListedModel] = {}
    for folder in model_folders(choice):
        own = folder == choice.folder
        for path in _networks_in(folder):
            if path.stem not in found:
                found[path.stem] = _listed(path, own, _stamp(path))
    return list(found.values())


def _networks_in(folder: Path) -> list[Path]:
    """Files in a folder that may be missing, locked, or no path at all."""
    try:
        return sorted(folder.glob("*.onnx")) if folder.is_dir() else []
    except (OSError, ValueError):
        return []


def find_model(task: str, choice: ModelChoice) -> Path:
    """Path of the model for a task: the one chosen by name, else the user's own, else the bundled.

    Of several own ones the one named like the bundled comes first, then the first by name that can
    be used; a name chosen is never replaced by another.

    Raises:
        ModelError: there is none, or none of the name chosen.
    """
    usual = usual_model(task)
    name = choice.names.get(task)
    if name is None and choice.folder is None:
        return _find_file(usual, choice)
    fitting = [model for model in listed_models(choice) if model.task == task]
    if name is not None:
        return _named(name, task, fitting, choice)
    own = [model for model in fitting if model.is_own and not model.problem]
    if own and all(model.name != usual for model in fitting if model.is_own):
        return own[0].path
    return _find_file(usual, choice)


def _named(name: str, task: str, fitting: list[ListedModel], choice: ModelChoice) -> Path:
    for model in fitting:
        if model.name == name:
            return model.path
    known = ", ".join(f"'{model.name}'" for model in fitting) or "none"
    folders = ", ".join(map(str, model_folders(choice)))
    raise ModelError(
        f"there is no model '{name}' for {task} in {folders}. Choose one of these: {known}"
    )


def _find_file(name: str, choice: ModelChoice) -> Path:
    folders = list(model_folders(choice))
    for folder in folders:
        path = folder / f"{name}.onnx"
        with suppress(OSError):
            if path.is_file():
                return path
    raise ModelError(
        f"the model '{name}.onnx' was not found in {', '.join(map(str, folders))}. Install the "
        "extension again, or set your own models folder in its preferences"
    )


def models_of(task: str, choice: ModelChoice) -> list[ListedModel]:
    """Models for a task that can be used, in the order in which they are found."""
    return [each for each in listed_models(choice) if each.task == task and not each.problem]


def tasks_of(names: Iterable[str], choice: ModelChoice) -> dict[str, str]:
    """Each named model's task, as ``ModelChoice.names`` wants them.

    Raises:
        ModelError: there is no model of a name.
    """
    listed = {model.name: model for model in listed_models(choice)}
    chosen = {}
    for name in names:
        if name not in listed or not listed[name].task:
            known = ", ".join(f"'{each}'" for each in listed)
            raise ModelError(f"there is no model '{name}'. Choose one of these: {known}")
        chosen[listed[name].task] = name
    return chosen


def _stamp(path: Path) -> tuple[float, ...]:
    """Changes with the network and its contract."""
    files = (path, path.with_suffix(".json"))
    return tuple(file.stat().st_mtime if file.is_file() else 0.0 for file in files)


@lru_cache(maxsize=64)
def _listed(path: Path, own: bool, _stamp_of_files: tuple[float, ...]) -> ListedModel:
    megabytes, task = 0.0, ""
    try:
        megabytes = path.stat().st_size / 1e6
        contract = load_contract(path.with_suffix(".json"))
        task = contract.task
        check_sha256(read_bytes(path), contract.sha256, contract.name)
    except REPORTED as error:  # a link may lead to nowhere
        return ListedModel(path.stem, path, own, task, megabytes, problem=in_words(error))
    return ListedModel(
        name=path.stem,
        path=path,
        is_own=own,
        task=task,
        megabytes=megabytes,
        licence=contract.weights_licence,
        sources=tuple(f"{source.name} ({source.licence})" for source in contract.data),
        attributions=tuple(source.attribution for source in contract.data),
        title=_title(contract),
    )


def _title(contract: ModelContract) -> str:
    given = contract.settings.get("title")
    made = contract.name.replace("_", " ").replace("-", " ").capitalize()
    return given[:_LONGEST_TITLE] if isinstance(given, str) and given.strip() else made


def read_card(model: ListedModel) -> str:
    """Text of a model's card; where it has none, what its contract says."""
    with suppress(OSError):
        if model.card.is_file() and model.card.stat().st_size <= MAX_CARD_BYTES:
            return model.card.read_text("utf-8", errors="replace")
    lines = [f"# {model.name}", "", f"Weights: {model.licence}", "", *model.attributions]
    return "\n".join(lines) + "\n"
