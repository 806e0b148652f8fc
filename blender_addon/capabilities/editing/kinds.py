"""The edits there are: what each is called, what it may be told, what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...core.editing.clean.settings import CleanSettings
from ...core.editing.connect.settings import ConnectSettings
from ...core.editing.fill.settings import FillSettings
from ...core.editing.follow.settings import FollowSettings
from ...core.editing.loop.settings import LoopSettings
from ...core.editing.restyle.settings import RestyleSettings
from ...core.editing.vary.settings import VarySettings
from .choice import Edit


@dataclass(frozen=True)
class Kind:
    """One edit.

    Args:
        edit: which.
        title: of its button.
        description: of the result, for the tooltip.
        settings: the dataclass of its settings.
        icon: of its button.
        shown: settings that stand in the panel itself; the others are below More Settings.
        has_range: whether it may be told the frames that change.
        has_bones: whether it may be told the bones that change.
        has_seed: whether it has variations.
        has_variants: whether it can make several at once.
    """

    edit: Edit
    title: str
    description: str
    settings: type
    icon: str
    shown: tuple[str, ...]
    has_range: bool = True
    has_bones: bool = True
    has_seed: bool = False
    has_variants: bool = False

    @property
    def name(self) -> str:
        """Of its settings, its command and its operator."""
        return self.edit.value.lower()

    @property
    def operator(self) -> str:
        """That does it."""
        return f"neural_motion.{self.name}_motion"


KINDS: Final = {
    each.edit: each
    for each in (
        Kind(
            Edit.FILL, "Fill", "Fills the frames between two poses, which stay as they are",
            FillSettings, "IPO_EASE_IN_OUT", (), has_seed=True, has_variants=True,
        ),
        Kind(
            Edit.CLEAN, "Clean", "Takes jitter, spikes, holes and sliding feet out of a capture",
            CleanSettings, "BRUSH_DATA", ("strength", "spikes", "lock_feet"),
        ),
        Kind(
            Edit.RESTYLE, "Restyle", "Gives a motion the manner of another one",
            RestyleSettings, "SHADERFX", ("posture", "movement", "timing"),
        ),
        Kind(
            Edit.CONNECT, "Connect", "Makes one action of two, with a transition between them",
            ConnectSettings, "LINKED", ("length", "search", "move"),
            has_range=False, has_bones=False,
        ),
        Kind(
            Edit.LOOP, "Loop", "Makes a cycle of an action, which goes on where it begins",
            LoopSettings, "FILE_REFRESH", ("find_cut", "whole_steps", "in_place"), has_bones=False,
        ),
        Kind(
            Edit.VARY, "Vary", "Makes other takes of a motion, for crowds",
            VarySettings, "MOD_ARRAY", ("amount",), has_seed=True, has_variants=True,
        ),
        Kind(
            Edit.FOLLOW, "Follow", "Lets a motion of walking or standing go along a curve",
            FollowSettings, "CURVE_PATH", ("speed", "stand"),
            has_range=False, has_bones=False, has_seed=True,
        ),
    )
}  # fmt: skip
"""By edit, in the order of the panel."""
