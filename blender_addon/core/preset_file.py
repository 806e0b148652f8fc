"""A preset as a file to hand on: which kind it is, its name, and what it holds.

``{"neural_motion_preset": "joints", "version": 1, "name": "Ann", "holds": {…}}``
"""

from __future__ import annotations

import json
from typing import Any, Final

from .errors import MALFORMED, SettingsError, shortened
from .face.table import check_preset_name

VERSION: Final = 1
MAX_BYTES: Final = 1_000_000
_KIND: Final = "neural_motion_preset"
_QUOTED: Final = 80  # letters


def to_file_text(kind: str, name: str, text: str) -> str:
    """The text of a file that holds a preset.

    Args:
        kind: of preset.
        name: of the preset.
        text: its own, JSON.
    """
    document = {_KIND: kind, "version": VERSION, "name": name, "holds": json.loads(text)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def from_file_text(text: str, kind: str, where: str) -> tuple[str, str]:
    """What a file that holds a preset has; whether that makes sense is for its kind to say.

    Args:
        text: of the file.
        kind: of preset that is expected.
        where: what to call the file in messages.

    Returns:
        The preset's name, a plain file name, and its text.

    Raises:
        SettingsError: it is no such file, of another kind or a newer version.
    """
    document = _document(text, where)
    found, version = document[_KIND], document.get("version")
    if found != kind:
        raise SettingsError(
            f"{where} holds a preset of the kind {repr(found)[:_QUOTED]}, expected '{kind}'. "
            "Import it in the panel of its kind, or choose another file"
        )
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= VERSION:
        raise SettingsError(
            f"{where} has version {repr(version)[:_QUOTED]}, expected at most {VERSION}. Update "
            "the extension, or export the preset again"
        )
    name = document.get("name")
    if not isinstance(name, str):
        raise SettingsError(f"{where} names no preset. Export it again")
    try:
        held = json.dumps(document["holds"], indent=2, ensure_ascii=False)
    except MALFORMED as error:
        raise SettingsError(
            f"{where} holds no preset: {shortened(error)}. Export it again"
        ) from error
    return check_preset_name(name), held


def _document(text: str, where: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except MALFORMED as error:
        raise SettingsError(
            f"{where} is no JSON: {shortened(error)}. Choose a file made with Export"
        ) from error
    if not isinstance(document, dict) or _KIND not in document:
        raise SettingsError(
            f"{where} is no preset file: it does not say '{_KIND}'. Choose a file made with Export"
        )
    return document
