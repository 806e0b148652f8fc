"""How people call the common joints: thigh, shin, upper arm, forearm.

The names of the common skeleton (``LeftUpLeg``) are kept in files and used between programs; what
is shown and said has these words.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    "Spine1": "Upper Spine",
    "Spine2": "Chest",
    "Arm": "Upper Arm",
    "ForeArm": "Forearm",
    "UpLeg": "Thigh",
    "Leg": "Shin",
    "Toe": "Toes",
}


def words_for(joint: str) -> str:
    """A joint in words, as "Left Thigh".

    Args:
        joint: its common name; another name stays as it is.
    """
    for side in ("Left", "Right"):
        if joint.startswith(side):
            part = joint.removeprefix(side)
            return f"{side} {_WORDS.get(part, part)}".strip()
    return _WORDS.get(joint, joint)


def short_words_for(joint: str) -> str:
    """A joint in words with the side behind it, as "Thigh L": for where there is little room."""
    side, _, part = words_for(joint).partition(" ")
    return f"{part} {side[0]}" if side in ("Left", "Right") else words_for(joint)
