"""Lists of phones: corrected in a stretch of a sound, heard around it; and lists as text.

As text are kept those of a long sound that no panel can show line by line.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..errors import SettingsError
from .phones import LIP_KINDS, MOUTH_KINDS, HeardPhone

_FIELDS: Final = [("start", "<u4"), ("length", "<u2"), ("kind", "u1"), ("closure", "u1")]
_ROW_BEFORE: Final = np.dtype(_FIELDS)
"""Of lists that knew the lips' phones alone."""
_ROW: Final = np.dtype([*_FIELDS, ("sure", "u1"), ("marks", "u1")])
_VERSION: Final = "2:"
_TOLD, _OFF = 1, 2
_MOST_BYTES: Final = 16 * 1024 * 1024
_FULL: Final = 255


@dataclass(frozen=True)
class ToldPhones:
    """What the user says of the phones in a stretch of a sound; around it they are heard.

    Args:
        phones: in order.
        from_s, to_s: the stretch.
    """

    phones: tuple[HeardPhone, ...]
    from_s: float = -math.inf
    to_s: float = math.inf

    def among(self, heard: Sequence[HeardPhone]) -> tuple[HeardPhone, ...]:
        """Those told, and of those heard the ones in the middle of which nothing was told."""
        both = [*self.phones, *self.beyond(heard)]
        return tuple(sorted(both, key=lambda each: (each.start_s, each.kind)))

    def beyond(self, phones: Sequence[HeardPhone]) -> list[HeardPhone]:
        """Those that lie outside the stretch."""
        return [each for each in phones if not self.from_s <= each.middle_s <= self.to_s]


def pack_phones(phones: Sequence[HeardPhone]) -> str:
    """A text that ``unpack_phones`` reads: times to the millisecond, closures to 1/255."""
    rows = np.zeros(len(phones), _ROW)
    spans = np.array([(phone.start_s, phone.end_s) for phone in phones]).reshape(-1, 2)
    starts, ends = np.maximum(np.round(1000.0 * spans), 0.0).T
    rows["start"], rows["length"] = starts, np.clip(ends - starts, 0.0, 2**16 - 1)
    rows["kind"] = [MOUTH_KINDS.index(phone.kind) for phone in phones]
    rows["closure"] = [round(_FULL * phone.closure) for phone in phones]
    rows["sure"] = [round(_FULL * phone.sure) for phone in phones]
    rows["marks"] = [_TOLD * phone.told + _OFF * (not phone.used) for phone in phones]
    if not len(rows):
        return ""
    return _VERSION + base64.b64encode(zlib.compress(rows.tobytes(), 9)).decode("ascii")


def unpack_phones(text: str) -> tuple[HeardPhone, ...]:
    """What ``pack_phones`` put into a text.

    Raises:
        SettingsError: the text is damaged.
    """
    kinds, layout = (MOUTH_KINDS, _ROW) if text.startswith(_VERSION) else (LIP_KINDS, _ROW_BEFORE)
    try:
        packed = base64.b64decode(text.removeprefix(_VERSION), validate=True)
        data = zlib.decompressobj().decompress(packed, _MOST_BYTES) if packed else b""
        return tuple(_read(row, kinds) for row in np.frombuffer(data, layout))
    except (binascii.Error, zlib.error, ValueError, IndexError) as error:
        raise SettingsError(
            f"the list of phones kept in this file is damaged ({error}). Press Hear Again"
        ) from error


def _read(row: Any, kinds: Sequence[str]) -> HeardPhone:
    start, length = int(row["start"]), int(row["length"])
    now = row.dtype == _ROW
    return HeardPhone(
        kinds[row["kind"]],
        start / 1000.0,
        (start + length) / 1000.0,
        float(row["closure"] / _FULL),
        float(row["sure"] / _FULL) if now else 1.0,
        told=bool(row["marks"] & _TOLD) if now else False,
        used=not row["marks"] & _OFF if now else True,
    )
