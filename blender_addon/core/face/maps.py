"""Finds ARKit's channels among the names that other programs give to a face's shapes.

Each family of names is a data file ``rig_maps/face_*.json``. Most families have a shape, or several
together, for every channel. Viseme families have one shape for a whole position of the mouth: their
file says which ARKit weights it stands for, and face_targets.py solves for them.

File format: ``family`` its name; ``rank`` which of two families that explain a face equally well is
taken (lower wins); ``prefixes`` that may stand before any name; ``channels`` for each ARKit channel
a list of alternatives, each a list of shapes, each a name or ``{"name", "gain"}``; ``visemes`` for
each mouth position its ``names`` (spellings) and ``weights`` (ARKit channels); ``required`` the
visemes without which the names are too weak a sign.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..errors import MALFORMED, FaceError, shortened
from .arkit import ARKIT_52, LOWER_FACE, UPPER_FACE
from .shape_names import by_spelling, plain_name

MAPS_FOLDER: Final = Path(__file__).resolve().parents[2] / "rig_maps"
MAX_BYTES: Final = 1_000_000
UNKNOWN: Final = ""
"""Family of a face none of whose names is known."""

Target = tuple[str, float]  # shape, gain


@dataclass(frozen=True)
class Viseme:
    """A shape for a whole position of the mouth.

    Args:
        name: of the position.
        shape: the face's shape for it.
        weights: what it stands for, weight by ARKit channel.
        gain: how much of the shape is used.
    """

    name: str
    shape: str
    weights: Mapping[str, float]
    gain: float = 1.0


@dataclass(frozen=True)
class FaceMapping:
    """Which shapes of a face do what.

    Args:
        family: whose names they are; ``UNKNOWN`` if no name is known.
        targets: by ARKit channel, the shapes that make it, each with a gain.
        visemes: shapes that are found by fitting instead.
        missing: ARKit channels that no shape makes.
    """

    family: str = UNKNOWN
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    visemes: tuple[Viseme, ...] = ()
    missing: tuple[str, ...] = ARKIT_52

    @property
    def shapes(self) -> tuple[str, ...]:
        """Every shape used, each once."""
        direct = (shape for targets in self.targets.values() for shape, _ in targets)
        return tuple(dict.fromkeys([*direct, *(viseme.shape for viseme in self.visemes)]))


@dataclass(frozen=True)
class FaceMap:
    """One family of names, as read from its file; see the module's text for the fields."""

    family: str
    rank: int
    prefixes: tuple[str, ...]
    channels: Mapping[str, tuple[tuple[Target, ...], ...]]
    viseme_names: Mapping[str, tuple[str, ...]]
    viseme_weights: Mapping[str, Mapping[str, float]]
    required: tuple[str, ...]


def find_face_channels(names: Iterable[str], maps: Sequence[FaceMap] | None = None) -> FaceMapping:
    """Recognise a face of one mesh by the names of its shapes; see ``find_channels_of_meshes``."""
    return find_channels_of_meshes([names], maps)


def find_channels_of_meshes(
    meshes: Iterable[Iterable[str]], maps: Sequence[FaceMap] | None = None
) -> FaceMapping:
    """Recognise a face by the names of its shapes.

    Upper and lower case, and everything that is neither letter nor digit, are ignored, and so is
    what programs put before and after a name (shape_names.py). The mouth is taken from one family,
    the one that explains most; eyes and brows it lacks may come from any.

    Args:
        meshes: names of the shapes of each mesh of the face.
        maps: families to look for; None for those that come with the extension.

    Returns:
        The mapping; its family is ``UNKNOWN`` and it is empty if nothing was recognised.
    """
    known = list(bundled_maps()) if maps is None else list(maps)
    plain = by_spelling(meshes)
    found = sorted((_match(each, plain) for each in known), key=_score, reverse=True)
    if not found or not any(_score(found[0])):
        return FaceMapping()
    best = found[0]
    targets = dict(best.targets)
    for other in found[1:]:
        for channel in UPPER_FACE:
            if channel in other.targets:
                targets.setdefault(channel, other.targets[channel])
    ordered = {name: targets[name] for name in ARKIT_52 if name in targets}
    made = {*ordered, *(name for viseme in best.visemes for name in viseme.weights)}
    missing = tuple(name for name in ARKIT_52 if name not in made)
    return FaceMapping(best.family, ordered, best.visemes, missing)


@cache
def bundled_maps() -> tuple[FaceMap, ...]:
    """The families that come with the extension, lowest rank first."""
    maps = [load_face_map(path) for path in sorted(MAPS_FOLDER.glob("face_*.json"))]
    return tuple(sorted(maps, key=lambda each: each.rank))


def load_face_map(path: Path) -> FaceMap:
    """Read one family of names.

    Raises:
        FaceError: the file is missing or not of the format described above.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FaceError(f"{path.name} is larger than any map of names; choose another file")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FaceError(f"{path} cannot be read ({error.strerror}). Check the file") from error
    except MALFORMED as error:
        raise FaceError(f"{path.name} is not JSON: {error}. Correct the file") from error
    try:
        return _read_map(document)
    except MALFORMED as error:
        raise FaceError(
            f"{path.name} is no map of face names: {shortened(error)}. Compare it with "
            "face_arkit.json"
        ) from error


@cache
def viseme_weights() -> dict[str, dict[str, float]]:
    """What each mouth position of every bundled family stands for, under "family / position"."""
    return {
        f"{each.family} / {name}": dict(weights)
        for each in bundled_maps()
        for name, weights in each.viseme_weights.items()
    }


def _read_map(document: Any) -> FaceMap:
    unknown = set(document) - {
        "family", "note", "rank", "prefixes", "channels", "visemes", "required",
    }  # fmt: skip
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    channels = {
        _channel(name): tuple(tuple(map(_target, shapes)) for shapes in alternatives)
        for name, alternatives in document.get("channels", {}).items()
    }
    visemes = document.get("visemes", {})
    return FaceMap(
        str(document["family"]),
        int(document.get("rank", 0)),
        tuple(map(plain_name, document.get("prefixes", ()))),
        channels,
        {name: tuple(map(plain_name, each["names"])) for name, each in visemes.items()},
        {
            name: {_channel(key): float(value) for key, value in each["weights"].items()}
            for name, each in visemes.items()
        },
        tuple(_known(name, visemes) for name in document.get("required", ())),
    )


def _known(name: str, visemes: Mapping[str, Any]) -> str:
    if name not in visemes:
        raise ValueError(f"'{name}' is required, but no viseme has that name")
    return name


def _channel(name: str) -> str:
    if name not in ARKIT_52:
        raise ValueError(f"'{name}' is no ARKit channel")
    return name


def _target(item: Any) -> Target:
    if isinstance(item, str):
        return plain_name(item), 1.0
    return plain_name(item["name"]), float(item["gain"])


def _match(each: FaceMap, plain: Mapping[str, list[str]]) -> FaceMapping:
    def find(name: str) -> list[str]:
        for prefix in ("", *each.prefixes):
            if prefix + name in plain:
                return plain[prefix + name]
        return []

    targets = {}
    for channel, alternatives in each.channels.items():
        for shapes in alternatives:
            if all(find(name) for name, _ in shapes):
                targets[channel] = tuple((own, g) for name, g in shapes for own in find(name))
                break
    spelled = {
        name: next((own for spelling in names for own in find(spelling)), None)
        for name, names in each.viseme_names.items()
    }
    visemes = tuple(
        Viseme(name, own, each.viseme_weights[name])
        for name, own in spelled.items()
        if own is not None and each.viseme_weights[name]
    )
    if any(spelled.get(name) is None for name in each.required):
        visemes = ()
    return FaceMapping(each.family, targets, visemes)


def _score(mapping: FaceMapping) -> tuple[int, int]:
    """How much of the mouth is explained, and of the face; a mouth position counts as a channel."""
    mouth = sum(name in LOWER_FACE for name in mapping.targets) + len(mapping.visemes)
    return mouth, len(mapping.targets) + len(mapping.visemes)
