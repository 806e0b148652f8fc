"""What each capability's package offers, so that loops can put the extension together.

A capability that can take part in a performance (one sound, everything that belongs to it) offers
a ``Part``. Whoever performs knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import bpy

from ..blender.keys.undo import Undo
from ..blender.sound.choice import SoundChoice
from ..core.inference.choice import ModelChoice
from ..core.jobs import Cancellation, Outcome, Progress


class Role(Enum):
    """What somebody does while a sound is heard."""

    SPEAKER = "SPEAKER"
    LISTENER = "LISTENER"
    DIALOGUE = "DIALOGUE"


@dataclass(frozen=True)
class Cue:
    """What a character is to perform.

    Args:
        role: a speaker has a sound, a listener a partner's sound, who talks with another has both.
        sound: of the character itself; of source NONE for a listener.
        partner_sound: of the other; of source NONE for a speaker.
        partner: the other's object, as chosen: an armature, a mesh, a head; None for nobody.
        first_frame, last_frame: of the performance, both included, whole frames of the scene. A
            sound that is a file begins on ``first_frame``.
        seed: added to the seed of each part's own panel: at 0 a part does what its own button does.
        taking_part: names of the capabilities whose parts are performed with this cue. Who moves
            something that another of them owns (see ``Part.moves``) leaves it to that one.
    """

    role: Role
    first_frame: int
    last_frame: int
    sound: SoundChoice = field(default_factory=SoundChoice)
    partner_sound: SoundChoice = field(default_factory=SoundChoice)
    partner: bpy.types.Object | None = None
    seed: int = 0
    taking_part: frozenset[str] = frozenset()


class PartJob(Protocol):
    """What a part read from the scene; holds no Blender data, so any thread may run it."""

    def run(self, on_progress: Progress | None = None) -> Outcome[Any]:
        """Do the work; raises ``Cancelled`` once it is cancelled."""
        ...


@dataclass(frozen=True)
class Written:
    """What a part wrote.

    Args:
        summary: one short line, without the part's title and without a full stop.
        notes: warnings, and ``Note`` where it is only good to know.
        names: of the actions or layers that got keys.
    """

    summary: str
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """How a capability takes part in a performance.

    The callables are given the context, the character as it was chosen in the Character panel
    (a mesh, an armature or a head; the part finds its own owner) and the cue. All are called on
    the main thread. The parts of a performance are written one after the other, in ``order``, each
    read once those before it are written; all of them are one step, taken back as a whole if a
    later one fails.

    Args:
        name: one word, of its command line option: ``--no-<name>``.
        title: of its tick box.
        order: smaller is earlier: walk 10, speech 20, gesture 30, gaze 40. What is written later
            reads what is written earlier, and lies on top.
        moves: what of the character it may move, in the user's words, for the tooltip. The legs
            and the root are the walk's; the arms and the spine the gesture's; the face and nods the
            speech's; the eyes and slow turns of the head the gaze's.
        reason: why the character cannot take part, in the user's words; None if it can. Called
            while the panel is drawn, so it is quick and changes nothing.
        adopt: sets in the character's own panel what the cue says (the sound, the partner), so that
            its own button does the same again; everything else is left as the animator set it. Each
            change is registered with ``undo`` (``blender.declared.set_undone`` does both).
        read: the job, read from the scene; changes nothing. Raises an ``InputError`` for what
            cannot be used.
        write: puts what came of the job into the scene, and keeps the result in the character's own
            panel just as its own button does. What is written is registered with ``undo``; what
            cannot be taken back (the last result, what it was made from) waits for
            ``undo.afterwards``. Raises an ``InputError`` if it cannot be written.
        usual: whether the box is ticked unless somebody unticks it.
        needed: whether the character would be no sight without this part, so that it takes part
            even where its box is not ticked; quick. ``None`` for never.
    """

    name: str
    title: str
    order: int
    moves: str
    reason: Callable[[bpy.types.Context, bpy.types.Object, Cue], str | None]
    adopt: Callable[[bpy.types.Context, bpy.types.Object, Cue, Undo], None]
    read: Callable[[bpy.types.Context, bpy.types.Object, Cue], PartJob]
    write: Callable[[bpy.types.Context, bpy.types.Object, Cue, Any, Outcome[Any], Undo], Written]
    usual: bool = True
    needed: Callable[[bpy.types.Context, bpy.types.Object, Cue], bool] | None = None


@dataclass(frozen=True)
class Package:
    """The parts of one capability, of the joints, and of the list of what all of them wrote.

    Args:
        name: under which the settings hang: ``Object.neural_motion.<name>``.
        settings: the group of them.
        parts: groups that they are made of, the inner ones first.
        classes: operators, lists, menus and panels, in the order in which they are shown.
        scene_settings: the group at ``Scene.neural_motion.<name>`` of what belongs to no character.
        services: modules with a ``register`` and ``unregister`` of their own.
        on_chosen: told of a character that was chosen; ``None`` if that changes nothing.
        add_model: makes a model of a downloaded folder, in the folder of the user's own models,
            under a name (empty for the usual one), and replaces one of that name if told to; gives
            what was added and its licence. ``None`` where no such folder is known.
        part: how it takes part in a performance; ``None`` if it does not.
        claims: says why a character is for this capability and for no other that moves a whole
            body, in the user's words; ``None`` of one that is not. Called while panels are drawn.
        generates: operators that generate, where there are several; empty for the one that is
            called ``neural_motion.generate_<name>``.
        walker: opens what walks people along paths for others: its ``walk`` takes what has a
            ``path``, a ``ground`` and how long to stand before and after (``stand_before_s``,
            ``stand_after_s``), several of them, and gives a ``MotionClip`` for each. Any thread may
            call it. ``None`` where nobody is walked.
    """

    name: str
    settings: type
    classes: tuple[type, ...]
    parts: tuple[type, ...] = ()
    scene_settings: type | None = None
    services: tuple[ModuleType, ...] = ()
    on_chosen: Callable[[bpy.types.Context, bpy.types.Object], None] | None = None
    add_model: Callable[[Path, Path, str, bool], tuple[str, str]] | None = None
    part: Part | None = None
    claims: Callable[[bpy.types.Object], str | None] | None = None
    generates: tuple[str, ...] = ()
    walker: Callable[[ModelChoice, Cancellation], Any] | None = None

    @property
    def groups(self) -> tuple[type, ...]:
        """Every group, in the order in which they are registered."""
        own = (*self.parts, self.settings)
        return own if self.scene_settings is None else (*own, self.scene_settings)
