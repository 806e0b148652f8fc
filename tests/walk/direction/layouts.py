"""A layout that notes what a panel draws, and refuses what Blender would draw as an error.

Blender makes a layout of its own only for a window.
"""

from __future__ import annotations

import bpy


class NotedLayout:
    """Notes every property, operator and text, those of its rows and columns included."""

    def __init__(self, shared=None):
        self.drawn = shared if shared is not None else []

    def row(self, **_options):
        return NotedLayout(self.drawn)

    column = split = box = row

    def prop(self, data, name, *, text=None, icon="NONE", **_options):
        assert name in data.bl_rna.properties, (data, name)
        self._check_icon(icon)
        getattr(data, name)
        self.drawn.append(data.bl_rna.properties[name].name if text is None else text)

    def operator(self, idname, *, text=None, icon="NONE"):
        space, _, name = idname.partition(".")
        kind = getattr(getattr(bpy.ops, space), name).get_rna_type()
        self._check_icon(icon)
        self.drawn.append(kind.name if text is None else text)
        return type("Options", (), {})()

    def operator_menu_enum(self, idname, member, *, text=None, icon="NONE"):
        space, _, name = idname.partition(".")
        assert member in getattr(getattr(bpy.ops, space), name).get_rna_type().properties
        self.operator(idname, text=text, icon=icon)

    def menu(self, idname, *, text="", icon="NONE"):
        assert hasattr(bpy.types, idname), idname
        self._check_icon(icon)
        self.drawn.append(text)

    def label(self, *, text="", icon="NONE", **_options):
        self._check_icon(icon)
        self.drawn.append(text)

    def template_list(self, kind, _id, data, members, active_data, active, rows):
        assert hasattr(bpy.types, kind), kind
        kind_ = getattr(bpy.types, kind)
        for row in getattr(data, members):
            kind_.draw_item(None, bpy.context, self, data, row, rows, active_data, active)

    def template_icon_view(self, data, name, **_options):
        assert name in data.bl_rna.properties
        self.drawn.append("picture")

    def separator(self, **_options):
        self.drawn.append("")

    def progress(self, **_options):
        self.drawn.append("progress")

    @staticmethod
    def _check_icon(icon):
        assert icon in bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items


def drawn_by(panel, **_members):
    """What a panel draws now."""
    shown = type("Shown", (), {"layout": NotedLayout()})()
    panel.draw(shown, bpy.context)
    return shown.layout.drawn
