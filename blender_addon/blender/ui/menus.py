"""Our operators in Blender's menus, so that F3 and the right mouse button find them.

Every operator that is not marked INTERNAL has an entry: what begins a scene in *Add*, what is used
most in *Neural Motion* itself, everything else in a menu below it for each subject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy

_OTHERS: Final = "VIEW3D_MT_object VIEW3D_MT_pose DOPESHEET_MT_key GRAPH_MT_key".split()
_CONTEXT: Final = "VIEW3D_MT_object_context_menu VIEW3D_MT_pose_context_menu".split()
_ICON: Final = "ARMATURE_DATA"


@dataclass(frozen=True)
class Entry:
    """An operator in a menu.

    Args:
        operator: its name; one that is not registered is left out.
        text: instead of its label.
        icon: beside it.
    """

    operator: str
    text: str | None = None
    icon: str = "NONE"


@dataclass(frozen=True)
class Subject:
    """What goes into one of the menus below ours.

    Args:
        title: of the menu.
        classes: operators and menus among others.
    """

    title: str
    classes: Sequence[type]


@dataclass(frozen=True)
class Contents:
    """What the menus hold.

    Args:
        add: entries of *Add*.
        main: groups of entries of *Neural Motion* itself, with lines between them.
        subjects: the menus below it.
        imports: entries of *File ▸ Import*.
    """

    add: Sequence[Entry]
    main: Sequence[Sequence[Entry]]
    subjects: Sequence[Subject]
    imports: Sequence[Entry] = ()


_contents: list[Contents] = []
_made: list[Any] = []


class NEURALMOTION_MT_add(bpy.types.Menu):
    """What begins a scene"""

    bl_idname = "NEURALMOTION_MT_add"
    bl_label = "Neural Motion"

    def draw(self, _context: bpy.types.Context) -> None:
        _draw_entries(self.layout, _contents[-1].add)


class NEURALMOTION_MT_main(bpy.types.Menu):
    """What is used most, and below it everything else by subject"""

    bl_idname = "NEURALMOTION_MT_main"
    bl_label = "Neural Motion"

    def draw(self, _context: bpy.types.Context) -> None:
        for entries in _contents[-1].main:
            _draw_entries(self.layout, entries)
            self.layout.separator()
        for menu in _made:
            self.layout.menu(menu.bl_idname)


def _draw_entries(layout: bpy.types.UILayout, entries: Sequence[Entry]) -> None:
    layout.operator_context = "INVOKE_DEFAULT"  # as their buttons: with a window they show progress
    for entry in entries:
        if is_registered(entry.operator):
            layout.operator(entry.operator, text=entry.text, icon=entry.icon)


def is_registered(operator: str) -> bool:
    """Whether there is an operator of this name, as in ``neural_motion.generate_walk``."""
    group, _, name = operator.partition(".")
    return hasattr(bpy.types, f"{group.upper()}_OT_{name}")


def user_facing(classes: Sequence[type]) -> Iterator[Any]:
    """Those of the operators that are for the user, not for a row of a list."""
    for each in classes:
        if issubclass(each, bpy.types.Operator) and "INTERNAL" not in each.bl_options:
            yield each


def operators_of(contents: Contents) -> list[str]:
    """The names of all operators in our menus, each once, in the order of the menus."""
    groups = (contents.add, *contents.main)
    names = [each.operator for group in groups for each in group if is_registered(each.operator)]
    for subject in contents.subjects:
        names += [each.bl_idname for each in user_facing(subject.classes)]
    return list(dict.fromkeys(names))


def _menu_of(number: int, subject: Subject, apart: frozenset[str]) -> Any:
    """A menu with what of a subject stands nowhere else; None if nothing is left."""
    operators = [e for e in user_facing(subject.classes) if e.bl_idname not in apart]
    menus: list[Any] = [e for e in subject.classes if issubclass(e, bpy.types.Menu)]
    if not operators and not menus:
        return None

    def draw(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
        self.layout.operator_context = "INVOKE_DEFAULT"
        for each in operators:
            _draw_operator(self.layout, each)
        for each in menus:
            self.layout.menu(each.bl_idname)

    name = f"NEURALMOTION_MT_subject_{number}"
    members = {"bl_idname": name, "bl_label": subject.title, "draw": draw, "__module__": __name__}
    return type(name, (bpy.types.Menu,), members)


def _draw_operator(layout: bpy.types.UILayout, operator: Any) -> None:
    """An entry; a menu of choices where the operator's first question is one."""
    question = getattr(operator, "bl_property", "")
    if question:
        layout.operator_menu_enum(operator.bl_idname, question)
    else:
        layout.operator(operator.bl_idname)


def _draw_add(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.separator()
    menu.layout.menu("NEURALMOTION_MT_add", icon=_ICON)


def _draw_main(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.separator()
    menu.layout.menu("NEURALMOTION_MT_main", icon=_ICON)


def _draw_imports(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    _draw_entries(menu.layout, _contents[-1].imports)


def _places() -> Iterator[tuple[Any, Callable[[bpy.types.Menu, bpy.types.Context], None]]]:
    yield bpy.types.VIEW3D_MT_add, _draw_add
    yield bpy.types.TOPBAR_MT_file_import, _draw_imports
    for name in (*_OTHERS, *_CONTEXT):
        yield getattr(bpy.types, name), _draw_main


def register(contents: Contents) -> None:
    """Put entries into Blender's menus.

    Args:
        contents: what our menus hold.
    """
    _contents.append(contents)
    apart = frozenset(e.operator for group in (contents.add, *contents.main) for e in group)
    menus = (_menu_of(n, subject, apart) for n, subject in enumerate(contents.subjects))
    _made.extend(menu for menu in menus if menu is not None)
    for menu in (NEURALMOTION_MT_add, NEURALMOTION_MT_main, *_made):
        bpy.utils.register_class(menu)
    for place, draw in _places():
        place.append(draw)


def unregister() -> None:
    """Take them out again."""
    for place, draw in _places():
        place.remove(draw)
    for menu in (*reversed(_made), NEURALMOTION_MT_main, NEURALMOTION_MT_add):
        bpy.utils.unregister_class(menu)
    _made.clear()
    _contents.clear()
