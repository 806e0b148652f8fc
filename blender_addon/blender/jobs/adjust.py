"""Adjust Last Operation: what is set there becomes what the character's panel shows.

Blender takes the last step back and lets the operator do it again with the values of its own
properties. These are therefore the settings' copies: they are taken from the settings when a
button is pressed, and given back to them when they were set otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import get_annotations
from typing import Any, ClassVar, Final

import bpy

from ...core.settings import declared
from ..declared import property_of
from ..drivers import driven_paths
from ..face.shape_keys import animated_paths
from .modal import ModalGenerate

_UNSET: Final = object()
"""In place of a value that nobody had set."""


class AdjustableGenerate(ModalGenerate):
    """Mix-in for a Generate operator some of whose settings can be adjusted afterwards.

    The operator has a property of the same name for each of them, not kept from call to call;
    ``redo_shows`` names those that are drawn.
    """

    redo_shows: ClassVar[tuple[str, ...]] = ()
    _before: Mapping[str, Any] = {}

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        """The group of settings that keeps each of them, by name; none whose value is animated."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As asked for by the operator's own properties; where they are unset, by the settings."""
        self._agree(context)
        return self._back_unless_done(context, super().execute(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From the button: as the panel shows."""
        self._agree(context)
        return self._back_unless_done(context, super().invoke(context, event))

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Until the job is done; Esc takes back what was set for it."""
        return self._back_unless_done(context, super().modal(context, event))

    def draw(self, context: bpy.types.Context) -> None:
        """What can be adjusted, as in the panel; nothing once nobody is chosen any more."""
        layout = self.layout  # type: ignore[attr-defined]
        layout.use_property_split, layout.use_property_decorate = True, False
        if self.reason(context) is None:
            self.draw_adjusted(context, layout)

    def draw_adjusted(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """The fields, one below the other."""
        can_be = self.adjusted(context)
        for name in self.redo_shows:
            if name in can_be:
                layout.prop(self, name)

    def _agree(self, context: bpy.types.Context) -> None:
        """Let settings and properties say the same: the properties' word counts where they are set.

        To repeat the last operation is to press its button again: the panel's word counts.
        """
        again, before = self.options.is_repeat_last, dict[str, Any]()  # type: ignore[attr-defined]
        for name, group in self.adjusted(context).items():
            kept = getattr(group, name)
            if not again and self.properties.is_property_set(name):  # type: ignore[attr-defined]
                if getattr(self, name) != kept:
                    before[name] = kept if group.is_property_set(name) else _UNSET
                    setattr(group, name, getattr(self, name))
            else:
                setattr(self, name, kept)
        self._before = before

    def _back_unless_done(self, context: bpy.types.Context, ending: set[str]) -> set[str]:
        """Who cancels, or fails, leaves the settings as they were."""
        if "CANCELLED" in ending and self._before:
            groups = self.adjusted(context)
            for name, kept in self._before.items():
                if kept is _UNSET:
                    groups[name].property_unset(name)
                else:
                    setattr(groups[name], name, kept)
            self._before = {}
        return ending


def adjustable(names: tuple[str, ...], *sources: type) -> Callable[[type], type]:
    """Decorator of the operator: these settings of dataclasses can be adjusted afterwards."""

    def add(operator: type) -> type:
        found = {each.name: each for source in sources for each in declared(source)}
        made = {name: forgotten(property_of(found[name])) for name in names}
        operator.__annotations__ = {**get_annotations(operator), **made}
        operator.redo_shows = (*names, *operator.redo_shows)  # type: ignore[attr-defined]
        return operator

    return add


def unanimated(group: Any, names: Iterable[str]) -> dict[str, Any]:
    """The group for each of its settings that no key and no driver moves: theirs is the last word.

    Args:
        group: hangs at a datablock.
        names: of its settings.
    """
    moved = animated_paths(group.id_data) | driven_paths(group.id_data)
    return {name: group for name in names if group.path_from_id(name) not in moved}


def forgotten(made: Any) -> Any:
    """A property that begins anew with every call, instead of as it was left the last time.

    Args:
        made: what ``bpy.props`` made.
    """
    made.keywords["options"] = {*made.keywords.get("options", {"ANIMATABLE"}), "SKIP_SAVE"}
    return made
