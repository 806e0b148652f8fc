"""When words and phones are said: TextGrids, tables, and transcripts of speech recognition."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from blender_addon.core.errors import MALFORMED, InputError, shortened

_MOST_BYTES: Final = 100_000_000
_INTERVAL: Final = re.compile(
    r'xmin\s*=\s*([\d.eE+-]+)\s*xmax\s*=\s*([\d.eE+-]+)\s*text\s*=\s*"((?:[^"]|"")*)"'
)
_TIER: Final = re.compile(r'name\s*=\s*"([^"]*)"')


@dataclass(frozen=True)
class Word:
    """A word or a phone, and when it is said."""

    text: str
    start_s: float
    end_s: float


def read_words(path: Path) -> tuple[Word, ...]:
    """Words of a TextGrid of Praat's long form: of the tier 'words', or else the first.

    Raises:
        InputError: no interval is found.
    """
    tiers = _read_tiers(path)
    part = next((p for name, p in tiers.items() if "word" in name), next(iter(tiers.values()), ""))
    found = _intervals(part)
    if found is None:
        raise InputError(f"{path} has no tier of words; expected a TextGrid of Praat's long form")
    return found


def read_phones(path: Path) -> tuple[Word, ...]:
    """Phones of a TextGrid, of the tier 'phones'; none where there is no such tier.

    Raises:
        InputError: the file cannot be read.
    """
    part = next((p for name, p in _read_tiers(path).items() if "phone" in name), "")
    return _intervals(part) or ()


def _read_tiers(path: Path) -> Mapping[str, str]:
    """Text of each tier by its name in small letters."""
    raw = _read(path)
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    tiers = list(_TIER.finditer(text))
    ends = [*(tier.start() for tier in tiers[1:]), len(text)][: len(tiers)]
    return {tier[1].lower(): text[tier.end() : end] for tier, end in zip(tiers, ends, strict=True)}


def _intervals(part: str) -> tuple[Word, ...] | None:
    """Those with a text; None where there is no interval at all."""
    found = _INTERVAL.findall(part)
    if not found:
        return None
    return tuple(Word(t, float(a), float(b)) for a, b, t in found if t.strip())


def read_word_table(path: Path) -> tuple[Word, ...]:
    """Words of rows ``start, end, word`` with tabs between, in seconds.

    Raises:
        InputError: a row is none of these; says which.
    """
    words = []
    for number, line in enumerate(_read(path).decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            words.append(_row_word(line.split("\t"), path, number))
    return tuple(words)


def _row_word(columns: list[str], path: Path, number: int) -> Word:
    try:
        return Word(columns[2].strip(), float(columns[0]), float(columns[1]))
    except MALFORMED as error:
        raise InputError(
            f"{path}, line {number}: expected start, end and word with tabs between; found "
            f"{len(columns)} columns ({shortened(error, 80)}). Fetch the file again"
        ) from error


def read_transcript(path: Path) -> tuple[Word, ...]:
    """Words of a transcript of Google's recognition: a list of alternatives with timed words.

    Raises:
        InputError: it is none.
    """
    try:
        pieces = json.loads(_read(path))
        return tuple(
            Word(str(word["word"]), _seconds(word["start_time"]), _seconds(word["end_time"]))
            for piece in pieces
            for word in piece["alternatives"][0].get("words", ())
        )
    except MALFORMED as error:
        raise InputError(
            f"{path} is no transcript with timed words ({shortened(error)}); expected a list of "
            "pieces with 'alternatives', the first with 'words'. Fetch it again"
        ) from error


def _seconds(text: Any) -> float:
    """Of '1.200s' or 1.2."""
    return float(str(text).rstrip("s"))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than any transcript; leave it out")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Check the file") from error
