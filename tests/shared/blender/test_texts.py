"""Every label and tooltip of ours, as Blender shows them."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

pytestmark = pytest.mark.blender

_SMALL = {
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "s", "the",
    "to", "with",
}  # fmt: skip
_BLENDERS = {"rna_type", "name", "filepath", "check_existing", "filter_glob", "directory"}
"""Members that Blender adds, or whose text it never shows."""


def _types() -> Iterator[type]:
    """Our registered classes: operators, panels, menus and groups of settings."""
    for name in dir(bpy.types):
        if name.startswith(("NEURALMOTION_", "NEURAL_MOTION_")):
            yield getattr(bpy.types, name)


def _operators() -> Iterator[tuple[str, bpy.types.Struct]]:
    for name in dir(bpy.ops.neural_motion):
        yield name, getattr(bpy.ops.neural_motion, name).get_rna_type()


def _is_shown(member: bpy.types.Property) -> bool:
    """Lists and groups are not, nor which row of a list is chosen."""
    plain = member.type not in ("POINTER", "COLLECTION") and not member.is_hidden
    return (
        plain and not member.identifier.startswith("active") and member.identifier not in _BLENDERS
    )


def _members() -> Iterator[tuple[str, bpy.types.Property]]:
    """Properties of our operators and settings that are shown somewhere."""
    owners = [*_operators()]
    groups = [each for each in bpy.types.PropertyGroup.__subclasses__() if each.is_registered]
    owners += [(e.__name__, e.bl_rna) for e in groups if e.__name__.startswith("NEURALMOTION_")]
    for owner, rna in owners:
        for each in rna.properties:
            if _is_shown(each):
                yield f"{owner}.{each.identifier}", each


def _is_title(label: str) -> bool:
    """Whether each word that counts begins with a capital; units and what follows them do not."""
    words = label.replace("…", "").partition(" (")[0].replace("/", " ").split()
    return all(
        word[0].isupper() or not word[0].isalpha() or (n and word in _SMALL)
        for n, word in enumerate(words)
    )


def test_operators_are_explained(addon):
    told = {name: rna.description for name, rna in _operators()}
    assert len(told) > 30
    assert {name for name, text in told.items() if len(text) < 15 or text.endswith(".")} == set()
    labels = {name: rna.name for name, rna in _operators()}
    assert {name: label for name, label in labels.items() if not _is_title(label)} == {}


def test_settings_are_explained(addon):
    members = dict(_members())
    assert len(members) > 100
    assert {name for name, each in members.items() if not each.description} == set()
    assert {name for name, each in members.items() if each.description.endswith(".")} == set()
    labels = {name: each.name for name, each in members.items()}
    assert {name: label for name, label in labels.items() if not _is_title(label)} == {}


def test_choices_are_explained(addon):
    for owner, each in _members():
        if each.type == "ENUM":
            for item in each.enum_items:
                assert not item.description.endswith("."), (owner, item.identifier)
                assert _is_title(item.name), (owner, item.name)


def test_panels_and_menus_have_titles(addon):
    shown = [each for each in _types() if issubclass(each, bpy.types.Panel | bpy.types.Menu)]
    assert len(shown) > 20
    assert {each.bl_label for each in shown if not _is_title(each.bl_label)} == set()
