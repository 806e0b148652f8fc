"""The manual that came with the extension: opened from a panel's header, and by F1 on any field."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.manual import INDEX, label_anchor, split_place
from .reporting import report

ADDON: Final = Path(__file__).resolve().parents[2]
MANUAL: Final = ADDON / "manual"  # made from docs/ when the zip is packed
_PACKAGE: Final = __package__.removesuffix(".blender.ui")
_KINDS: Final = (bpy.types.Operator, bpy.types.PropertyGroup, bpy.types.AddonPreferences)

PlaceOf = Callable[[type], str]
"""Gives the place of the manual that explains a class of ours."""


class NEURALMOTION_OT_open_manual(bpy.types.Operator):
    """Open the page of the manual that explains this panel"""

    bl_idname = "neural_motion.open_manual"
    bl_label = "Manual"
    bl_options = {"INTERNAL"}

    panel: bpy.props.StringProperty(
        name="Panel",
        description="Class of the panel to explain; empty opens the manual's first page",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def execute(self, _context: bpy.types.Context) -> set[str]:
        panel = getattr(bpy.types, self.panel, None) if self.panel else None
        page, anchor = split_place(INDEX if panel is None else place_of(panel))
        address = page_address(page, anchor)
        if address is None:
            address = website()
            if not address:
                report(
                    self, {"ERROR"}, f"There is no manual in {ADDON}. Install Neural Motion's zip"
                )
                return {"CANCELLED"}
            report(self, {"WARNING"}, f"There is no manual in {ADDON}; opening {address}")
        return bpy.ops.wm.url_open(url=address)


_places: list[PlaceOf] = []


def place_of(our_class: type) -> str:
    """The place of the manual that explains a class of ours."""
    return _places[-1](our_class) if _places else INDEX


def page_address(page: str, anchor: str = "") -> str | None:
    """Address of a page of the manual, or of its first page where there is no such page.

    Args:
        page: its name.
        anchor: of the place in it; empty for its top.

    Returns:
        None where the extension has no manual, as in a source folder.
    """
    for name, at in ((page, anchor), (INDEX, "")):
        file = MANUAL / f"{name}.html"
        if file.is_file():
            return file.as_uri() + (f"#{at}" if at else "")
    return None


def website() -> str:
    """What the manifest names as website; empty if it names none."""
    text = (ADDON / "blender_manifest.toml").read_text("utf-8")
    return str(tomllib.loads(text).get("website", ""))


def draw_help(layout: bpy.types.UILayout, panel: type) -> None:
    """The "?" that opens the manual where it explains this panel."""
    row = layout.row()
    row.emboss = "NONE"
    row.operator("neural_motion.open_manual", text="", icon="HELP").panel = panel.__name__


def manual_map() -> tuple[str, list[tuple[str, str]]]:
    """For Blender's *Online Manual*: where our operators and fields are explained.

    Returns:
        What addresses begin with; and pairs of a pattern over Blender's names, in lower case as
        Blender looks for them, and how the address goes on.
    """
    if page_address(INDEX) is None:
        return website(), [(f"bpy.{kind}neural*motion_*", "") for kind in ("types.", "ops.")]
    pairs = [(name.lower(), _ending(place)) for name, place in _explained()]
    pairs += [(f"bpy.{kind}neural*motion*", f"{INDEX}.html") for kind in ("types.", "ops.")]
    return MANUAL.as_uri() + "/", pairs


def _ending(place: str) -> str:
    page, anchor = split_place(place)
    page, anchor = (page, anchor) if (MANUAL / f"{page}.html").is_file() else (INDEX, "")
    return f"{page}.html#{anchor}"


def _explained() -> Iterator[tuple[str, str]]:
    """Names in Blender, with the place that explains each."""
    for our_class in our_classes():
        page = split_place(place_of(our_class))[0]
        if issubclass(our_class, bpy.types.Operator):
            name, label = our_class.bl_idname, our_class.bl_label
            yield f"bpy.ops.{name}", f"{page}#{label_anchor(label)}"
            yield f"bpy.ops.{name}.*", f"{page}#{label_anchor(label)}"
        else:
            inherited = set(our_class.bl_rna.base.properties.keys())
            for name, field in our_class.bl_rna.properties.items():
                if name not in inherited:
                    owner = our_class.bl_rna.identifier
                    yield f"bpy.types.{owner}.{name}", f"{page}#{label_anchor(field.name)}"


def our_classes() -> list[Any]:
    """Operators and groups of settings that this extension has registered."""
    return [
        each
        for kind in _KINDS
        for each in kind.__subclasses__()
        if each.__module__.startswith(_PACKAGE + ".") and each.is_registered
    ]


def register(where: PlaceOf) -> None:
    """Let the manual be found.

    Args:
        where: gives the place that explains a class.
    """
    _places.append(where)
    bpy.utils.register_class(NEURALMOTION_OT_open_manual)
    bpy.utils.register_manual_map(manual_map)


def unregister() -> None:
    """Take it out again."""
    bpy.utils.unregister_manual_map(manual_map)
    bpy.utils.unregister_class(NEURALMOTION_OT_open_manual)
    _places.clear()
