"""Finds every text of the add-on that a user may see.

What Blender knows of the registered classes (labels, tooltips, items of menus) is asked of Blender.
What is drawn or told by code is read from the source: constants and formatted strings. A formatted
string becomes a pattern, ``'{0}' has {1} bones``, that matches whatever stands in its places.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import bpy

from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES
from blender_addon.core.retarget.joint_words import short_words_for, words_for

ADD_ON: Final = Path(__file__).resolve().parents[2] / "blender_addon"
_NOT_SHOWN: Final = (
    "cli/", "core/batch/", "core/physics/figure.py", "demo_character/", "translations/",
)  # fmt: skip
"""Folders, and modules named cli.py, whose texts are for the command line or name data."""
_SILENT_CALLS: Final = {
    "getLogger", "debug", "info", "warning", "exception", "add_argument", "compile", "add_parser",
    "escape_identifier", "path_resolve", "getattr", "setattr", "startswith", "endswith",
}  # fmt: skip
"""Calls whose strings nobody sees in the window."""
_DRAWING_CALLS: Final = {"label", "draw_wrapped"}
"""Calls whose text is what they are given first, or as ``text``."""
_PLACE: Final = re.compile(r"\{\d+\}")
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_MARKUP: Final = re.compile(r'^<\w|\w="')
"""In a part of a file for another program."""

_TYPES: Final = (
    bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.PropertyGroup,
    bpy.types.AddonPreferences, bpy.types.FileHandler,
)  # fmt: skip


def interface_texts() -> set[str]:
    """Labels, tooltips and items of everything that the add-on registers; it must be registered."""
    found: set[str] = set()
    for each in registered_classes():
        found |= set(_class_texts(each))
    return {text for text in found | _joint_texts() if _speaks(text)}


def _joint_texts() -> set[str]:
    return {words(name) for name in COMMON_JOINT_NAMES for words in (words_for, short_words_for)}


def _speaks(text: str) -> bool:
    """Whether there is a word in it that is no name of an icon."""
    return bool(_WORD.search(text)) and not re.fullmatch(r"[A-Z0-9_]+", text)


def registered_classes() -> list[type]:
    """Every class of the add-on that Blender knows."""
    found: list[type] = []
    for base in _TYPES:
        found += _below(base)
    return [each for each in found if each.__module__.startswith("blender_addon.")]


def _below(base: Any) -> Iterator[type]:
    for each in base.__subclasses__():
        yield from (each, *_below(each))


def _class_texts(each: Any) -> Iterator[str]:
    yield getattr(each, "bl_label", "") or ""
    if not getattr(each, "is_registered", True):
        return
    rna = _rna_of(each)
    yield rna.description if issubclass(each, bpy.types.Operator) else ""
    inherited = {prop.identifier for prop in rna.base.properties} if rna.base else set()
    for prop in rna.properties:
        if prop.identifier not in inherited:
            yield from _property_texts(prop)


def _rna_of(each: Any) -> Any:
    """Of an operator the type that has its properties, which its class does not."""
    if not issubclass(each, bpy.types.Operator):
        return each.bl_rna
    group, name = each.bl_idname.split(".")
    return getattr(getattr(bpy.ops, group), name).get_rna_type()


def _property_texts(prop: Any) -> Iterator[str]:
    if prop.is_hidden:
        return
    yield from (prop.name if prop.name != prop.identifier else "", prop.description)
    if prop.type == "ENUM":
        for item in prop.enum_items_static:
            yield from (item.name, item.description)


def told_texts(root: Path = ADD_ON) -> set[str]:
    """What code draws and tells: constants and patterns in the source."""
    found: set[str] = set()
    for path in sorted(root.rglob("*.py")):
        inner = path.relative_to(root)
        if not inner.as_posix().startswith(_NOT_SHOWN) and inner.name != "cli.py":
            found |= set(_texts_in(ast.parse(path.read_text("utf-8"))))
    return found


def _texts_in(tree: ast.AST) -> Iterator[str]:
    for node, is_label in _shown_nodes(tree, False):
        text = pattern_of(node)
        if (is_label and _speaks(text)) or _is_sentence(text):
            yield text


def _is_sentence(text: str) -> bool:
    """Whether a string speaks to somebody: with words of its own, one beside a value, else two."""
    plain = _PLACE.sub(" ", text)
    least = 1 if plain != text else 2
    return (
        bool(re.search(r"\s", text.strip()))
        and len(_WORD.findall(plain)) >= least
        and "\n" not in text
        and not _MARKUP.search(text)
    )


def _shown_nodes(node: ast.AST, is_label: bool) -> Iterator[tuple[ast.expr, bool]]:
    """String nodes below a node, docstrings left out, and whether each is drawn as it is."""
    for child in _children(node):
        if isinstance(child, ast.JoinedStr) or _is_text(child):
            yield child, is_label  # type: ignore[misc]
        elif isinstance(child, ast.keyword):
            yield from _shown_nodes(child, child.arg in ("text", "title", "message"))
        elif isinstance(child, ast.Call):
            name = getattr(child.func, "attr", getattr(child.func, "id", ""))
            if name not in _SILENT_CALLS and not _is_list_of_words(child):
                yield from _shown_nodes(child, name in _DRAWING_CALLS)
        else:
            yield from _shown_nodes(child, is_label and isinstance(child, (ast.IfExp, ast.BoolOp)))


def _is_list_of_words(call: ast.Call) -> bool:
    """Whether it is "one two three".split(): words that code goes by."""
    return getattr(call.func, "attr", "") == "split" and _is_text(call.func.value)  # type: ignore[attr-defined]


def _children(node: ast.AST) -> Iterable[ast.AST]:
    """A node's parts, without a docstring."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
        children.remove(node.body[0])
    return [child for child in children if not _is_documentation(child)]


def _is_documentation(node: ast.AST) -> bool:
    """Whether a statement is a string alone, as under a constant."""
    return isinstance(node, ast.Expr) and _is_text(node.value)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def pattern_of(node: ast.expr) -> str:
    """A string as it is, or with ``{0}``, ``{1}`` … where values are put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts, places = [], 0
    for part in node.values:  # type: ignore[attr-defined]
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{places}}}")
            places += 1
    return "".join(parts)
