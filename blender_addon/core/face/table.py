"""The table of what moves what in a face: found automatically, changed by the user, kept as a file.

A row sends one ARKit channel, or one viseme, to one shape or bone with a gain. Several rows may
share a channel or a target.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..errors import MALFORMED, FaceError, SettingsError, shortened
from .arkit import ARKIT_52, LOWER_FACE, SPEECH_CHANNELS
from .maps import FaceMapping, Target, Viseme, bundled_maps, viseme_weights

FORMAT: Final = 1
MAX_ROWS: Final = 1000
MAX_GAIN: Final = 1000.0
_SEPARATOR: Final = " / "
_PLAIN_NAME = re.compile(r"[\w][\w ().-]{0,62}")


class TargetKind(Enum):
    """What a row moves."""

    SHAPE = "SHAPE"  # a shape, gain times the weight
    ROTATION = "ROTATION"  # a bone about the character's left-right axis, gain degrees, + opens
    SLIDE = "SLIDE"  # a bone along itself, gain times its own length


@dataclass(frozen=True)
class TableRow:
    """One row.

    Args:
        channel: an ARKit channel, or a viseme as "family / position".
        target: name of a shape or bone; empty where none is chosen yet.
        gain: how much, in the unit of the kind.
        kind: what is moved.
        used: False leaves the row out.
    """

    channel: str
    target: str
    gain: float = 1.0
    kind: TargetKind = TargetKind.SHAPE
    used: bool = True

    def __post_init__(self) -> None:
        if self.channel not in ARKIT_52 and self.channel not in viseme_weights():
            raise FaceError(f"'{self.channel}' is neither an ARKit channel nor a known viseme")
        if not (math.isfinite(self.gain) and abs(self.gain) <= MAX_GAIN):
            raise FaceError(
                f"the gain of '{self.channel}' must be within ±{MAX_GAIN:g}; found {self.gain:g}"
            )
        if _SEPARATOR in self.channel and self.kind is not TargetKind.SHAPE:
            raise FaceError(f"the viseme '{self.channel}' can only move a shape, not a bone")

    @property
    def moves(self) -> bool:
        """Whether the row does anything."""
        return self.used and bool(self.target) and self.gain != 0.0


def mapping_to_table(mapping: FaceMapping) -> list[TableRow]:
    """Rows for a recognised face, the mouth first; what speech lacks gets an empty row.

    A face whose mouth is made by visemes gets no empty rows: all of it is spoken for.
    """
    rows = [
        TableRow(channel, shape, gain)
        for channel, targets in mapping.targets.items()
        for shape, gain in targets
    ]
    rows.sort(key=lambda row: row.channel not in LOWER_FACE)
    for viseme in mapping.visemes:
        name = f"{_family_of(viseme, mapping.family)}{_SEPARATOR}{viseme.name}"
        rows.append(TableRow(name, viseme.shape, viseme.gain))
    if not mapping.visemes:
        rows += [TableRow(name, "") for name in SPEECH_CHANNELS if name in mapping.missing]
    return rows


def table_to_mapping(rows: Iterable[TableRow], family: str = "table") -> FaceMapping:
    """The shapes that the table's rows move; rows for bones are left to the scene."""
    known = viseme_weights()
    targets: dict[str, tuple[Target, ...]] = {}
    visemes = []
    for row in rows:
        if not row.moves or row.kind is not TargetKind.SHAPE:
            continue
        if row.channel in known:
            name = row.channel.partition(_SEPARATOR)[2]
            visemes.append(Viseme(name, row.target, known[row.channel], row.gain))
        else:
            targets[row.channel] = (*targets.get(row.channel, ()), (row.target, row.gain))
    made = {*targets, *(name for viseme in visemes for name in viseme.weights)}
    missing = tuple(name for name in ARKIT_52 if name not in made)
    return FaceMapping(family, targets, tuple(visemes), missing)


def table_to_json(rows: Sequence[TableRow]) -> str:
    """The table as the text of a preset file."""
    document = {
        "format": FORMAT,
        "rows": [
            {
                "channel": row.channel,
                "target": row.target,
                "gain": row.gain,
                "kind": row.kind.value,
                "used": row.used,
            }
            for row in rows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def table_from_json(text: str, where: str) -> list[TableRow]:
    """Read a preset file.

    Args:
        text: its content.
        where: what to call it in messages.

    Raises:
        FaceError: it is no preset, or a row makes no sense.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or not {"format", "rows"} <= set(document):
            raise ValueError("expected an object with 'format' and 'rows'")
        if document["format"] != FORMAT:
            raise FaceError(
                f"{where} has format {document['format']!r}, expected {FORMAT}. Update the "
                "extension, or save the preset again"
            )
        rows = document["rows"]
        if len(rows) > MAX_ROWS:
            raise FaceError(f"{where} has {len(rows)} rows; at most {MAX_ROWS} make sense")
        return [_read_row(row) for row in rows]
    except MALFORMED as error:
        raise FaceError(
            f"{where} is no table of face channels: {shortened(error)}. Save it as a preset again, "
            "or choose another file"
        ) from error


def check_preset_name(name: str) -> str:
    """A preset's name without blanks around it; SettingsError unless it is a plain file name."""
    plain = name.strip()
    if not _PLAIN_NAME.fullmatch(plain) or plain.endswith("."):
        raise SettingsError(
            f"'{name}' cannot be a preset's name. Use up to 63 letters, digits, blanks, dots, "
            "dashes and brackets, and begin with a letter or digit"
        )
    return plain


def _read_row(row: Any) -> TableRow:
    if set(row) != {"channel", "target", "gain", "kind", "used"}:
        raise ValueError(f"a row has the fields {sorted(row)}")
    strings = row["channel"], row["target"], row["kind"]
    if not all(isinstance(each, str) for each in strings) or not isinstance(row["used"], bool):
        raise TypeError(f"a row holds {row!r}")
    if isinstance(row["gain"], bool) or not isinstance(row["gain"], int | float):
        raise TypeError(f"a gain is {row['gain']!r}")
    kind = TargetKind(row["kind"])
    return TableRow(row["channel"], row["target"], float(row["gain"]), kind, row["used"])


def _family_of(viseme: Viseme, family: str) -> str:
    """The bundled family that has this viseme; the mapping's own, unless it was made by hand."""
    for each in bundled_maps():
        if each.family == family and viseme.name in each.viseme_weights:
            return family
    raise FaceError(f"the viseme '{viseme.name}' of '{family}' is in no bundled map")
