"""The interface in the user's language, by Blender's own translations.

``translations/<locale>.json`` holds what stands for each English text. Blender looks labels and
tooltips up by itself. What code puts together, such as "240 frames, 10.0 s", is looked up by
patterns of the table: "{0} frames, {1} s". What no table knows stays English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy

TABLES: Final = Path(__file__).resolve().parents[1] / "translations"
_NAME: Final = __package__.rpartition(".")[0]
_CONTEXTS: Final = ("*", "Operator")
_PLACE: Final = re.compile(r"\{(\d+)\}")
_QUOTED: Final = re.compile(r"'\{(\d+)\}'")
"""Places of names, which are the user's and stay as they are."""
_BETWEEN: Final = re.compile(r"(; |, |\. (?=[A-Z0-9']))")
"""What stands between things that are told one after the other."""
_ENDS: Final = re.compile(r"; |；|。")
_MOST_REMEMBERED: Final = 4096


def locales() -> list[str]:
    """Languages of the tables, as Blender names them."""
    return sorted(path.stem for path in TABLES.glob("*.json"))


def translated(text: str) -> str:
    """A text in the language of the interface; as it is where no table knows it.

    Args:
        text: as English has it, with values put in.
    """
    translations, view = bpy.app.translations, bpy.context.preferences.view
    if not text or not view.use_translate_interface or translations.locale not in locales_known():
        return text
    return translated_into(text, translations.locale)


@lru_cache(maxsize=1)
def locales_known() -> frozenset[str]:
    """As ``locales``, asked of the disk once."""
    return frozenset(locales())


@lru_cache(maxsize=16)
def table(locale: str) -> dict[str, str]:
    """A language's texts by the English ones."""
    return dict(json.loads((TABLES / f"{locale}.json").read_text("utf-8")))


@lru_cache(maxsize=16)
def _told(locale: str) -> dict[str, str]:
    """A table with its sentences one by one, too, as a panel shows them apart."""
    whole = table(locale)
    return {**dict(_sentences(whole)), **whole}


def _sentences(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for text, other in texts.items():
        parts, others = text.split("; "), _ENDS.split(other)
        if len(parts) == len(others) > 1:
            yield from (
                (part, ending)
                for part, ending in zip(parts, others, strict=True)
                if sorted(_PLACE.findall(part)) == sorted(_PLACE.findall(ending))
            )


@lru_cache(maxsize=_MOST_REMEMBERED)
def translated_into(text: str, locale: str) -> str:
    """As ``translated``, in a language of the tables."""
    whole = _lookup(text, locale)
    if whole is not None:
        return whole
    parts = _BETWEEN.split(text)
    if len(parts) == 1:
        return text
    return "".join(
        part if number % 2 else _lookup(part, locale) or part for number, part in enumerate(parts)
    )


def _lookup(text: str, locale: str) -> str | None:
    """What the table has for one text; None if nothing."""
    texts = _told(locale)
    if text in texts:
        return texts[text]
    if (other := text[:1].swapcase() + text[1:]) in texts:
        return _begun_as(text, texts[other])
    if (found := _by_pattern(text, locale)) is not None:
        return found
    found = _by_pattern(text[:1].swapcase() + text[1:], locale)
    return None if found is None else _begun_as(text, found)


def _by_pattern(text: str, locale: str) -> str | None:
    """What the table has for a text with values put in; None if nothing."""
    texts = _told(locale)
    for parts, pattern, msgid in _patterns(locale):
        if all(part in text for part in parts) and (found := pattern.fullmatch(text)):
            values = {key[1:]: value for key, value in found.groupdict().items()}
            if text in values.values():  # it says nothing but what stands in its place
                continue
            names = _QUOTED.findall(msgid)
            values |= {n: translated_into(values[n], locale) for n in values if n not in names}
            return _PLACE.sub(lambda place: values[place[1]], texts[msgid])  # noqa: B023
    return None


def _begun_as(text: str, other: str) -> str:
    """Another text, with a large first letter where this one has one."""
    return other[:1].upper() + other[1:] if text[:1].isupper() else other


@lru_cache(maxsize=16)
def _patterns(locale: str) -> tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]:
    """Patterns of a table, those that say most first: what never differs, the pattern, its text."""
    msgids = [msgid for msgid in _told(locale) if _PLACE.search(msgid)]
    msgids.sort(key=lambda msgid: len(_PLACE.sub("", msgid)), reverse=True)
    return tuple(_pattern(msgid) for msgid in msgids)


def _pattern(msgid: str) -> tuple[tuple[str, ...], re.Pattern[str], str]:
    parts = _PLACE.split(msgid)
    places = {number: f"(?P<p{number}>.*?)" for number in parts[1::2]}
    regex = [places[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)]
    return tuple(parts[::2]), re.compile("".join(regex)), msgid


def register() -> None:
    """Give Blender the tables."""
    tables = {
        locale: {(context, msgid): text for msgid, text in table(locale).items()
                 for context in _CONTEXTS}
        for locale in locales()
    }  # fmt: skip
    bpy.app.translations.register(_NAME, tables)


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(_NAME)
