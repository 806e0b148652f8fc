"""Presets of the settings of an edit: the user's own, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...blender.presets import names_of_presets, read_preset, user_folder
from ...core.errors import SettingsError
from ...core.settings import Declared, declared
from .choice import Edit
from .kinds import KINDS


@dataclass(frozen=True)
class KeptEdit:
    """What a preset holds.

    Args:
        edit: which.
        settings: by the names of fields of its dataclass.
    """

    edit: Edit
    settings: Mapping[str, float | bool]


def preset_folder() -> Path:
    """The folder of the user's presets."""
    return user_folder("editing_presets")


def find_preset(name: str) -> KeptEdit:
    """A preset by its name.

    Raises:
        SettingsError: there is none, or its file does not hold what a preset does.
    """
    return preset_from_json(read_preset(preset_folder(), name), name)


def known_presets() -> list[str]:
    """Names of the presets there are."""
    return names_of_presets(preset_folder())


def preset_to_json(edit: Edit, settings: Any) -> str:
    """The text of a preset.

    Args:
        edit: which.
        settings: its dataclass.
    """
    held = {each.field: getattr(settings, each.field) for each in declared(settings)}
    return json.dumps({"edit": edit.value, "settings": held}, indent=2) + "\n"


def preset_from_json(text: str, name: str) -> KeptEdit:
    """What a preset's text holds.

    Raises:
        SettingsError: it is no such text, or a number is out of range.
    """
    try:
        held = json.loads(text)
        edit, settings = Edit(held["edit"]), dict(held["settings"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unfit(name, str(error)) from error
    known = {each.field: each for each in declared(KINDS[edit].settings)}
    for field, value in settings.items():
        if field not in known:
            raise _unfit(name, f"{field} = {value!r}")
        _check(name, known[field], value)
    return KeptEdit(edit, settings)


def _check(name: str, setting: Declared, value: object) -> None:
    is_switch = isinstance(setting.default, bool)
    if isinstance(value, bool) is not is_switch or not isinstance(value, int | float):
        raise _unfit(name, f"{setting.field} = {value!r}")
    if not is_switch:
        setting.check(value)


def _unfit(name: str, found: str) -> SettingsError:
    return SettingsError(
        f"the preset '{name}' does not hold settings of an edit ({found[:200]}). Save it again, or "
        "delete it"
    )
