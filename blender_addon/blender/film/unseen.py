"""Renders that nobody notices: no handler runs, nothing is printed, no picture is left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy

_SET_ASIDE: Final = ("render_", "composite_", "frame_change_", "depsgraph_update_")
"""Beginnings of the names of handlers that a render calls."""
_OUTPUT: Final = 1  # file descriptor


@contextmanager
def unseen_render() -> Iterator[None]:
    """Render in here; afterwards handlers are as they were."""
    kept = {name: list(handlers) for name, handlers in _handlers()}
    try:
        for _, handlers in _handlers():
            handlers.clear()
        with _silent():
            yield
    finally:
        for name, handlers in _handlers():
            handlers[:] = kept[name]


@contextmanager
def no_picture_left() -> Iterator[None]:
    """Render in here as often as needed; afterwards there are the pictures that were there before.

    Once at the end, as Blender draws all its windows anew for each that is taken away.
    """
    before = {each.session_uid for each in bpy.data.images}
    try:
        yield
    finally:
        for image in list(bpy.data.images):
            made = image.session_uid not in before
            if made and image.type in {"RENDER_RESULT", "COMPOSITING"}:
                bpy.data.images.remove(image)


def _handlers() -> list[tuple[str, list[Any]]]:
    names = [name for name in dir(bpy.app.handlers) if name.startswith(_SET_ASIDE)]
    found = [(name, getattr(bpy.app.handlers, name)) for name in names]
    return [(name, each) for name, each in found if isinstance(each, list)]


@contextmanager
def _silent() -> Iterator[None]:
    """Without the line that Blender prints of every picture; where there is a place to print to."""
    try:
        usual = os.dup(_OUTPUT)
    except OSError:  # Blender without a console
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _OUTPUT)
        yield
    finally:
        os.dup2(usual, _OUTPUT)
        os.close(usual)
        os.close(nowhere)
