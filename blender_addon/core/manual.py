"""How pages of the manual and places in them are named: by what makes them, and by what opens them.

A place is ``page#anchor``, as in ``walk#along-the-path``: a page is a file of the manual without
its ending, an anchor names a heading, or a label of the interface where the page explains it.
"""

from __future__ import annotations

import re
from typing import Final

INDEX: Final = "index"
"""The page with which the manual begins."""

_PAGE: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LEFT_OUT: Final = re.compile(r"[^\w\- ]")


def heading_anchor(heading: str) -> str:
    """The anchor of a heading, as links in Markdown spell it."""
    return _LEFT_OUT.sub("", heading.lower()).strip().replace(" ", "-")


def label_anchor(label: str) -> str:
    """The anchor of the place that explains a label of the interface."""
    return "label-" + heading_anchor(label)


def split_place(place: str) -> tuple[str, str]:
    """A place's page and its anchor, which may be empty.

    Raises:
        ValueError: the page is no plain name, so that it could lead out of the manual.
    """
    page, _, anchor = place.partition("#")
    if not _PAGE.fullmatch(page):
        raise ValueError(f"'{page}' is no page's name; expected one such as 'walk'")
    return page, anchor
