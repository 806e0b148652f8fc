"""What the Speech panel shows now, drawn without a window."""

from __future__ import annotations

import bpy

from blender_addon.capabilities.speech import panel


class Layout:
    """Stands where Blender would draw, and checks that everything named exists."""

    def __init__(self, texts=None):
        self.texts = [] if texts is None else texts

    def row(self, **_options):
        return Layout(self.texts)

    column = split = row

    def label(self, text="", **_options):
        self.texts.append(text)

    def prop(self, data, name, text="", **_options):
        self.texts.append(text or data.bl_rna.properties[name].name)

    def prop_decorator(self, data, name):
        assert data.bl_rna.properties[name].is_animatable

    def prop_search(self, data, name, source, collection, **_options):
        assert hasattr(source, collection)
        self.prop(data, name)

    def operator(self, name, text="", **_options):
        group, _, operator = name.partition(".")
        self.texts.append(getattr(getattr(bpy.ops, group), operator).get_rna_type().name)
        return type("Options", (), {})()

    def context_pointer_set(self, _name, data):
        assert data.bl_rna is not None

    def menu(self, name, **_options):
        assert hasattr(bpy.types, name)

    def progress(self, text="", **_options):
        self.texts.append(text)

    def template_list(self, kind, _id, data, collection, active, active_name, **_options):
        assert hasattr(bpy.types, kind)
        item = next(each for each in panel.CLASSES if each.__name__ == kind)
        for each in getattr(data, collection):
            item.draw_item(None, bpy.context, self, data, each, 0, active, active_name)


def drawn():
    """Every text that the panels show now."""
    layout = Layout()
    for each in panel.CLASSES:
        if not issubclass(each, bpy.types.Panel):
            continue
        if not hasattr(each, "poll") or each.poll(bpy.context):
            holder = type("Panel", (), {"layout": layout})()
            each.draw(holder, bpy.context)
    return layout.texts
