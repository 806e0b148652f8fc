"""Values that a job sets in the opened file before its steps, by path; nothing is evaluated.

A jobs file may come from somebody else. So a path leads only over kinds of data on a list, ends at
a property that holds a plain value, and never at one that names a file or a piece of code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...blender import compat
from ...blender.drivers import acting_drivers
from ...blender.keys.layer_values import strip_curves
from ...core.batch.problems import Unfit, did_you_mean, quoted, shown
from ...core.batch.rna_path import Item, Property, RnaPath, parse_rna_path
from ...core.errors import InputError

COLLECTIONS: Final = (
    "objects", "scenes", "lights", "cameras", "curves", "materials", "worlds", "collections",
    "shape_keys",
)  # fmt: skip
"""Of the file, in which a path may begin."""
_KINDS: Final = (
    "Object", "Pose", "PoseBone", "Scene", "RenderSettings", "UnitSettings", "Light", "Camera",
    "CameraDOFSettings", "Curve", "Material", "World", "Collection", "Key", "ShapeKey", "Mesh",
)  # fmt: skip
"""Whose properties a path may name; a mesh only leads to its shape keys."""
_OURS: Final = "NEURALMOTION_PG_"
_OF_FILES: Final = frozenset({"FILE_PATH", "DIR_PATH", "FILE_NAME", "BYTE_STRING", "PASSWORD"})
_CODE: Final = frozenset({"custom_bytecode", "custom_bytecode_hash"})
"""Of a camera's own shader."""
_PLAIN: Final = ("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM")


def apply_overrides(overrides: Mapping[str, Any]) -> None:
    """Set values in the open file: all of them, or none.

    Args:
        overrides: value by path; numbers, booleans, texts, lists of numbers.

    Raises:
        InputError: one of them cannot be set; it says which, and why.
    """
    found = []
    for path, value in overrides.items():
        with_path = f"overrides: {quoted(path)}"
        try:
            found.append((with_path, _settable(parse_rna_path(path), value)))
        except Unfit as error:
            raise InputError(f"{with_path}: {error}") from error
    done: list[_Settable] = []
    for with_path, each in found:
        try:
            done.append(each)
            each.set()
        except (RuntimeError, TypeError, ValueError, AttributeError, OverflowError) as error:
            for other in reversed(done):
                other.take_back()
            raise InputError(f"{with_path}: {error}") from error
    bpy.context.view_layer.update()


@dataclass(frozen=True)
class _Settable:
    """A value that is about to be set.

    Args:
        read, write: of the place.
        value: to be there.
        before: what is there.
    """

    read: Callable[[], Any]
    write: Callable[[Any], None]
    value: Any
    before: Any

    def set(self) -> None:
        self.write(self.value)
        if not _is_same(self.read(), self.value):
            raise Unfit(f"Blender does not keep the value; it is {shown(_plain(self.read()))} then")

    def take_back(self) -> None:
        self.write(self.before)


def _settable(path: RnaPath, value: Any) -> _Settable:
    block = _block(path)
    owner, rest = _owner(block, path.parts)
    _check_kind(owner, last=True)
    if isinstance(rest[0], Item):
        return _custom(owner, rest, value)
    name = rest[0].name
    known = owner.bl_rna.properties
    if name not in known or name == "rna_type":
        hint = did_you_mean(name, known.keys())
        raise Unfit(f"{_kind(owner)} has no property {quoted(name)}.{hint}")
    prop = known[name]
    index = _index(rest)
    _check_property(owner, prop, index)
    _check_value(prop, value, index)
    _check_still(owner.id_data, _data_path(owner, name), index)
    return _at(lambda: getattr(owner, name), lambda new: setattr(owner, name, new), value, index)


def _block(path: RnaPath) -> bpy.types.ID:
    if path.collection not in COLLECTIONS:
        hint = did_you_mean(path.collection, COLLECTIONS)
        raise Unfit(f"a path cannot begin with {quoted(path.collection)}.{hint}")
    blocks = getattr(bpy.data, path.collection)
    for block in blocks:  # Blender's own ``get`` breaks on a name that is no Unicode
        if block.name == path.name and block.library is None:
            return block
    names = [each.name for each in blocks if each.library is None]
    raise Unfit(f"{path.collection} has none that is named so.{did_you_mean(path.name, names)}")


def _owner(block: Any, parts: Sequence[Property | Item]) -> tuple[Any, Sequence[Property | Item]]:
    """What has the property that is set, and the parts from that property on."""
    at = 0
    while True:
        next_one = _step_into(block, parts, at)
        if next_one is None:
            return block, parts[at:]
        _check_kind(block, last=False)
        block, at = next_one


def _step_into(owner: Any, parts: Sequence[Property | Item], at: int) -> tuple[Any, int] | None:
    """The struct that the next part leads to, and the part after it; None where none does."""
    part = parts[at]
    if isinstance(part, Item) or part.name not in owner.bl_rna.properties:
        return None
    kind = owner.bl_rna.properties[part.name].type
    if kind == "POINTER" and at + 1 < len(parts):
        inner = getattr(owner, part.name)
        if inner is None:
            raise Unfit(f"{quoted(part.name)} is empty here")
        return inner, at + 1
    if kind == "COLLECTION" and at + 2 < len(parts) and isinstance(parts[at + 1], Item):
        return _item(getattr(owner, part.name), parts[at + 1].key, part.name), at + 2
    return None


def _item(items: Any, key: str | int, what: str) -> Any:
    if isinstance(key, int):
        if key < len(items):
            return items[key]
        raise Unfit(f"{what} has {len(items)} items; number {key} is not there")
    names = [str(getattr(each, "name", "")) for each in items]
    if key not in names:
        raise Unfit(f"{what} has none that is named {quoted(key)}.{did_you_mean(key, names[:100])}")
    return items[names.index(key)]


def _check_kind(owner: Any, *, last: bool) -> None:
    kinds = {each.__name__ for each in type(owner).__mro__}
    allowed = kinds & set(_KINDS) or owner.bl_rna.identifier.startswith(_OURS)
    if not allowed or (last and "Mesh" in kinds):
        raise Unfit(
            f"properties of {_kind(owner)} cannot be set here. Set those of objects, pose bones, "
            "scenes, lights, cameras, curves, materials, worlds, collections, shape keys"
        )
    library = getattr(owner, "library", None)
    if isinstance(owner, bpy.types.ID) and (library is not None or not owner.is_editable):
        raise Unfit(f"{quoted(owner.name)} is linked from another file. Set it there")


def _kind(owner: Any) -> str:
    return f"the {owner.bl_rna.name or owner.bl_rna.identifier}".strip()


def _index(rest: Sequence[Property | Item]) -> int | None:
    """The number of a component behind the property, if there is one."""
    if len(rest) == 1:
        return None
    if len(rest) == 2 and isinstance(rest[1], Item) and isinstance(rest[1].key, int):
        return rest[1].key
    raise Unfit("the path goes on behind a plain value. End it there")


def _check_property(owner: Any, prop: Any, index: int | None) -> None:
    name = quoted(prop.identifier)
    if prop.type not in _PLAIN:
        raise Unfit(f"{name} is no number, text or choice. Only such can be set")
    if prop.identifier in _CODE:
        raise Unfit(f"{name} is code. Jobs cannot set that; set it in the file itself")
    if prop.subtype in _OF_FILES:
        raise Unfit(f"{name} names a file. Jobs cannot set that; set it in the file itself")
    if prop.is_readonly or owner.is_property_readonly(prop.identifier):
        raise Unfit(f"{name} cannot be changed in Blender either")
    if owner.id_data.override_library is not None:
        if not owner.is_property_overridable_library(prop.identifier):
            raise Unfit(f"{name} cannot be overridden; set it in the linked file")
    length = getattr(prop, "array_length", 0)
    if index is not None and index >= length:
        raise Unfit(f"{name} has {length} components; number {index} is not there")


def _check_value(prop: Any, value: Any, index: int | None) -> None:
    """Of the right type and within the property's range."""
    length = getattr(prop, "array_length", 0) if index is None else 0
    if length:
        if not isinstance(value, list) or len(value) != length:
            raise Unfit(f"the value is {shown(value)}. Give a list of {length}")
        if len([each for each in getattr(prop, "array_dimensions", ()) if each]) > 1:
            raise Unfit("a matrix cannot be set. Set location, rotation and scale")
    for each in value if length else [value]:
        _check_one(prop, each)


def _check_one(prop: Any, value: Any) -> None:
    if prop.type == "BOOLEAN":
        fits, expected = isinstance(value, bool), "true or false"
    elif prop.type == "ENUM":
        names = [each.identifier for each in prop.enum_items_static or prop.enum_items]
        fits = isinstance(value, str) and not prop.is_enum_flag and (not names or value in names)
        expected = f"one of {', '.join(map(quoted, names))}"
    elif prop.type == "STRING":
        longest = prop.length_max or math.inf
        fits = isinstance(value, str) and len(value.encode()) < longest
        expected = "a text" if longest == math.inf else f"a text shorter than {longest} bytes"
    else:
        low, high = prop.hard_min, prop.hard_max
        fits = _is_number(value, whole=prop.type == "INT") and low <= value <= high
        kind = "a whole number" if prop.type == "INT" else "a number"
        expected = f"{kind} from {low:g} to {high:g}"
    if not fits:
        raise Unfit(f"the value is {shown(value)}. Give {expected}")


def _is_number(value: Any, *, whole: bool) -> bool:
    kinds = int if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)


def _custom(owner: Any, rest: Sequence[Property | Item], value: Any) -> _Settable:
    """A custom property, such as a rig's switch: it exists, and keeps its type."""
    if not isinstance(owner, bpy.types.ID | bpy.types.PoseBone):
        raise Unfit("custom properties are set at objects, other datablocks and pose bones")
    name, index = rest[0].key, _index(rest)
    known = list(owner.keys())
    if not isinstance(name, str) or name not in known:
        hint = did_you_mean(str(name), [each for each in known if _is_plain_custom(owner[each])])
        raise Unfit(f"{_kind(owner)} has no custom property that is named so.{hint}")
    before = owner[name]
    if not _is_plain_custom(before):
        raise Unfit(f"{quoted(name)} is no number, text or list of numbers. Only such can be set")
    value = _kept_type(before if index is None else _component(before, index), value)
    _check_still(owner.id_data, _data_path(owner, None, name), index)
    return _at(lambda: owner[name], lambda new: owner.__setitem__(name, new), value, index)


def _is_plain_custom(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) or hasattr(value, "typecode")


def _component(before: Any, index: int) -> Any:
    if not hasattr(before, "typecode") or index >= len(before):
        raise Unfit(f"there is no component number {index}")
    return before[index]


def _kept_type(before: Any, value: Any) -> Any:
    """The value as a custom property of this kind takes it: it gets the type of what it is set to.

    Raises:
        Unfit: it is of another kind.
    """
    if not hasattr(before, "typecode"):
        return _like(before, value)
    if not isinstance(value, list) or len(value) != len(before):
        raise Unfit(f"the value is {shown(value)}. Give a list of {len(before)}")
    return [_like(each, new) for each, new in zip(before, value, strict=True)]


def _like(before: Any, value: Any) -> Any:
    if isinstance(before, float) and _is_number(value, whole=False):
        return float(value)
    if type(before) is type(value):
        return value
    found = f"the value is {shown(value)}; until now it is {shown(before)}"
    raise Unfit(f"{found}. Keep its type")


def _data_path(owner: Any, name: str | None, custom: str = "") -> str:
    """As F-curves name it."""
    if name is not None:
        try:
            return str(owner.path_from_id(name))
        except ValueError:  # it has none, and so cannot be animated
            return ""
    prefix = "" if isinstance(owner, bpy.types.ID) else owner.path_from_id()
    return f'{prefix}["{bpy.utils.escape_identifier(custom)}"]'


def _check_still(block: bpy.types.ID, data_path: str, index: int | None) -> None:
    """Refuse what is animated or driven: it would be as before on the next frame."""
    for curve in acting_drivers(block):
        if _is_meant(curve, data_path, index):
            raise Unfit("a driver sets this, so that a value here would do nothing")
    data = getattr(block, "animation_data", None)
    if data is None:
        return
    curves = list(compat.fcurves_of(block))
    for track in data.nla_tracks if data.use_nla else ():
        if not track.mute:
            curves.extend(curve for strip in track.strips for curve in strip_curves(strip))
    if any(not each.mute and _is_meant(each, data_path, index) for each in curves):
        raise Unfit("this is animated, so that a value here would do nothing. Change its keys")


def _is_meant(curve: bpy.types.FCurve, data_path: str, index: int | None) -> bool:
    same = curve.data_path == data_path
    return same and (index is None or curve.array_index == index)


def _at(
    read: Callable[[], Any], write: Callable[[Any], None], value: Any, index: int | None
) -> _Settable:
    before = _plain(read())
    if index is None:
        return _Settable(read, write, value, before)
    return _Settable(read, write, [*before[:index], value, *before[index + 1 :]], before)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else list(value)


def _is_same(found: Any, value: Any) -> bool:
    if isinstance(value, list):
        items = list(found)
        return len(items) == len(value) and all(map(_is_same, items, value))
    if isinstance(value, bool | str) or isinstance(found, str):
        return bool(found == value)
    return math.isclose(found, value, rel_tol=1e-5, abs_tol=1e-5)
