"""What each capability's package offers, so that loops can put the extension together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import bpy


@dataclass(frozen=True)
class Package:
    """The parts of one capability, of the joints, and of the list of what all of them wrote.

    Args:
        name: under which the settings hang: ``Object.neural_motion.<name>``.
        settings: the group of them.
        parts: groups that they are made of, the inner ones first.
        classes: operators, lists, menus and panels, in the order in which they are shown.
        scene_settings: the group at ``Scene.neural_motion.<name>`` of what belongs to no character.
        services: modules with a ``register`` and ``unregister`` of their own.
        on_chosen: told of a character that was chosen; ``None`` if that changes nothing.
        add_model: makes a model of a downloaded folder, in the folder of the user's own models,
            under a name (empty for the usual one), and replaces one of that name if told to; gives
            what was added and its licence. ``None`` where no such folder is known.
    """

    name: str
    settings: type
    classes: tuple[type, ...]
    parts: tuple[type, ...] = ()
    scene_settings: type | None = None
    services: tuple[ModuleType, ...] = ()
    on_chosen: Callable[[bpy.types.Context, bpy.types.Object], None] | None = None
    add_model: Callable[[Path, Path, str, bool], tuple[str, str]] | None = None

    @property
    def groups(self) -> tuple[type, ...]:
        """Every group, in the order in which they are registered."""
        own = (*self.parts, self.settings)
        return own if self.scene_settings is None else (*own, self.scene_settings)
