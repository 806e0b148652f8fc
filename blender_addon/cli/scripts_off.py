"""What of an opened file does not work because its scripts were not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy

from ..core.notes import Note

_MOST_NAMES: Final = 3


def told_without_scripts() -> tuple[str, ...]:
    """What to tell of the file that was just opened with scripts off.

    Returns:
        A warning that names drivers that Blender does not evaluate then: what they move stands
        still. A note that names texts that would have been run.
    """
    told: list[str] = []
    if drivers := list(_drivers_that_stand_still()):
        told.append(
            f"scripts are off, so that {_named(drivers, 'driver')} not evaluated. Use simple "
            "expressions, or bake what they move"
        )
    if texts := [f"'{text.name}'" for text in bpy.data.texts if text.use_module]:
        told.append(Note(f"scripts are off, so that {_named(texts, 'text')} not run"))
    return tuple(told)


def _drivers_that_stand_still() -> Iterator[str]:
    """Names of scripted drivers of what can be animated here that Blender refused to evaluate."""
    owners = [
        owner
        for each in (bpy.data.objects, bpy.data.armatures, bpy.data.shape_keys)
        for owner in each
        if owner.animation_data is not None and len(owner.animation_data.drivers)
    ]
    if owners:
        bpy.context.view_layer.update()  # a driver is found to be invalid when it is evaluated
    for owner in owners:
        for curve in owner.animation_data.drivers:
            driver = curve.driver
            if driver.type == "SCRIPTED" and not driver.is_valid:
                if not driver.is_simple_expression:
                    yield f"'{owner.name}' {curve.data_path} ({_short(driver.expression)})"


def _named(names: list[str], what: str) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    if len(names) == 1:
        return f"the {what} {shown} is"
    return f"the {what}s {shown}{f' and {rest} more' if rest > 0 else ''} are"


def _short(expression: str) -> str:
    return expression if len(expression) <= 40 else expression[:39] + "…"
