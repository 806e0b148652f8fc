"""The menu of styles: kept by name, so that a file opened with another model says what it asks for.

Blender keeps pointers into the texts of a menu that is made while it is drawn, so every list that
was ever given stays here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import bpy
import bpy.utils.previews

from ....blender.models.preferred import model_choice
from .model_styles import named_styles, style_pictures

Item = tuple[str, str, str, int, int]

AS_SEED: Final = "SEED"
"""The item for no named style: that which the seed picks among the captured ones."""
_NOTHING: Final = "NONE"
_UNKNOWN_NUMBER: Final = 10_000
_PLAIN_ICON: Final = "BLANK1"

_lists: dict[tuple[object, ...], list[Item]] = {}
_pictures: bpy.utils.previews.ImagePreviewCollection | None = None


def style_property(member: str, name: str, description: str, *, first: bool = True) -> Any:
    """A menu that sets the text property ``member`` of the same group.

    Args:
        member: name of the property that keeps the style's name, empty for none.
        name, description: of the menu.
        first: whether none means the seed's style; else it means no second one.
    """

    def items(group: Any, context: bpy.types.Context | None) -> list[Item]:
        return _items(getattr(group, member, ""), context or bpy.context, first)

    return bpy.props.EnumProperty(
        name=name, description=description, items=items,
        get=_getter(member, first), set=_setter(member, first),
    )  # fmt: skip


def is_unknown(name: str, context: bpy.types.Context) -> bool:
    """Whether a style is asked for that the chosen model does not have."""
    return bool(name) and all(each.name != name for each in named_styles(model_choice(context)))


def has_pictures(context: bpy.types.Context) -> bool:
    """Whether the chosen model came with pictures of its styles."""
    folder = style_pictures(model_choice(context))
    return folder is not None and folder.is_dir() and bool(named_styles(model_choice(context)))


def _getter(member: str, first: bool) -> Callable[[Any], int]:
    def get(group: Any) -> int:
        name = getattr(group, member)
        listed = _items(name, bpy.context, first)
        return next((item[4] for item in listed[1:] if item[0] == name), 0) if name else 0

    return get


def _setter(member: str, first: bool) -> Callable[[Any, int], None]:
    def set_(group: Any, number: int) -> None:
        listed = _items(getattr(group, member), bpy.context, first)
        chosen = next(item for item in listed if item[4] == number)
        setattr(group, member, "" if number == 0 else chosen[0])

    return set_


def _items(kept: str, context: bpy.types.Context, first: bool) -> list[Item]:
    models = model_choice(context)
    styles, folder = named_styles(models), style_pictures(models)
    unknown = kept if kept and all(each.name != kept for each in styles) else ""
    key = (styles, folder, unknown, first)
    if key not in _lists:
        _lists[key] = _make(styles, folder, unknown, first)
    return _lists[key]


def _make(styles: Any, folder: Path | None, unknown: str, first: bool) -> list[Item]:
    if first:
        seeds = "The captured style of walking that the seed picks"
        made = [(AS_SEED, "As the Seed Picks", seeds, _icon(None, ""), 0)]
    else:
        made = [(_NOTHING, "None", "No second style", _icon(None, ""), 0)]
    for number, each in enumerate(styles, 1):
        icon = _icon(folder, each.name)
        made.append((each.name, each.title, each.description, icon, number))
    if unknown:
        missing = "Not among the styles of the chosen model. Choose another style, or another model"
        made.append((unknown, f"'{unknown}' (missing)", missing, _named("ERROR"), _UNKNOWN_NUMBER))
    return made


def _icon(folder: Path | None, name: str) -> int:
    """Number of a style's picture; of an empty icon where there is none."""
    within = bool(name) and Path(name).name == name  # a name is no way out of the folder
    path = folder / f"{name}.png" if folder is not None and within else None
    if _pictures is None or path is None or not path.is_file():
        return _named(_PLAIN_ICON)
    key = str(path)
    picture = _pictures.get(key) or _pictures.load(key, key, "IMAGE")
    return int(picture.icon_id)


def _named(icon: str) -> int:
    icons = bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items
    return int(icons[icon].value)


def register() -> None:
    """Make room for the pictures."""
    global _pictures
    _pictures = bpy.utils.previews.new()


def unregister() -> None:
    """Let the pictures go, and the lists that name them."""
    global _pictures
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
    _lists.clear()
