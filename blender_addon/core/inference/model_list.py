"""The models there are, with what an animator may want to know of them: licence, data, problems."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import NeuralMotionError
from .choice import ModelChoice, model_folders
from .contract import load_contract
from .model_file import check_sha256, read_bytes

MAX_CARD_BYTES = 1_000_000


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
        for path in sorted(folder.glob("*.onnx")) if folder.is_dir() else ():
            if path.stem not in found:
                found[path.stem] = _listed(path, own, _stamp(path))
    return list(found.values())


def _stamp(path: Path) -> tuple[float, ...]:
    """Changes with the network and its contract."""
    files = (path, path.with_suffix(".json"))
    return tuple(file.stat().st_mtime if file.is_file() else 0.0 for file in files)


@lru_cache(maxsize=64)
def _listed(path: Path, own: bool, _stamp_of_files: tuple[float, ...]) -> ListedModel:
    megabytes = path.stat().st_size / 1e6
    try:
        contract = load_contract(path.with_suffix(".json"))
        check_sha256(read_bytes(path), contract.sha256, contract.name)
    except NeuralMotionError as error:
        return ListedModel(path.stem, path, own, megabytes=megabytes, problem=str(error))
    return ListedModel(
        name=path.stem,
        path=path,
        is_own=own,
        task=contract.task,
        megabytes=megabytes,
        licence=contract.weights_licence,
        sources=tuple(f"{source.name} ({source.licence})" for source in contract.data),
        attributions=tuple(source.attribution for source in contract.data),
    )


def read_card(model: ListedModel) -> str:
    """Text of a model's card; where it has none, what its contract says."""
    if model.card.is_file() and model.card.stat().st_size <= MAX_CARD_BYTES:
        return model.card.read_text("utf-8", errors="replace")
    lines = [f"# {model.name}", "", f"Weights: {model.licence}", "", *model.attributions]
    return "\n".join(lines) + "\n"
