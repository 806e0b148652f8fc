"""A person's skin where it is seen: the head in one mesh, arms and legs in another."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Bools, Ints
from .body import Body
from .face.skin_paint import skin_paint
from .face.skin_tint import skin_tint
from .human import Human, load_human
from .part import Part, cut_out
from .person import Person

_TRUNK_AND_HEAD: Final = ("head", "jaw", "neck", "neck1", "chest", "spine", "spine1", "hips")


def skin_parts(person: Person, body: Body, covered: Bools) -> list[Part]:
    """Head and neck, with the shapes of the face; and what is bare of arms and legs.

    Args:
        covered: (M,) which quads of the body's mesh cloth hides.
    """
    quads = body.human.quads["body"]
    trunk = _is_trunk()
    kinds = {"Head": trunk & ~covered, "Body": ~trunk & ~covered}
    tint = skin_tint(body.human, person.look.skin_tone)
    return [
        replace(
            cut_out(body, quads[chosen], kind, "Skin"),
            paint=_paint(body.human, chosen),
            tint=tint[np.unique(quads[chosen])],
        )
        for kind, chosen in kinds.items()
        if chosen.any()
    ]


def _paint(human: Human, chosen: Bools) -> dict[str, Ints]:
    """Lips, nails and the like among chosen quads, numbered among those."""
    numbers = np.cumsum(chosen) - 1
    painted = {name: quads[chosen[quads]] for name, quads in skin_paint(human).items()}
    return {name: numbers[quads] for name, quads in painted.items() if len(quads)}


@cache
def _is_trunk() -> Bools:
    """(M,) quads of the body's mesh that head or trunk carries more than the limbs do."""
    human = load_human()
    columns = [human.bones.index(name) for name in _TRUNK_AND_HEAD]
    share = human.skin[:, columns].sum(axis=1)
    return np.asarray(share[human.quads["body"]].mean(axis=1) > 0.5)
