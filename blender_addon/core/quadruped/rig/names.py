"""What the names of an animal's bones say: which end, which part, which kind of foot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ...retarget.bone_names import words_of
from ..body import Family, FootKind

_PREFIXES: Final = frozenset(("def", "org", "mch", "b", "bip", "jnt", "bone", "joint"))
_FORE: Final = frozenset(
    "front fore forefoot foreleg frontleg arm upperarm forearm hand shoulder scapula clavicle"
    " humerus wrist carpus radius elbow f".split()
)
_HIND: Final = frozenset(
    "back hind rear hindfoot hindleg backleg thigh calf shin pelvis femur tibia hock ankle knee hip"
    " stifle r".split()
)
_SURE: Final = {
    **dict.fromkeys("front fore forefoot foreleg frontleg".split(), 1),
    **dict.fromkeys("back hind rear hindfoot hindleg backleg".split(), -1),
}
_HOOFED: Final = frozenset(
    "hoof horse pony foal mare stallion donkey mule zebra cow bull ox cattle calf buffalo bison"
    " deer stag doe elk moose reindeer goat sheep ram lamb pig boar camel alpaca llama giraffe"
    " antelope gazelle unicorn rhino".split()
)
_CANINE: Final = frozenset(
    "dog puppy wolf fox coyote jackal husky shiba hound cat kitten lion lioness tiger leopard"
    " panther cheetah lynx puma rabbit hare mouse rat squirrel badger raccoon otter".split()
)
_SOLES: Final = frozenset("bear elephant tortoise turtle panda".split())
_PAWS: Final = frozenset("paw claw palm digit finger toes pinky index".split())
_HORSE_LINK: Final = "horselink"
"""What some programs call the hock of any animal."""

_NUMBER: Final = re.compile(r"\d+$")


def words(name: str) -> list[str]:
    """The telling words of a bone's name, without prefixes and numbers."""
    found = [_NUMBER.sub("", word) for word in words_of(name)]
    return [word for word in found if word and word not in _PREFIXES]


def says(name: str, *sought: str) -> bool:
    """Whether a name holds one of these words."""
    return any(word in sought for word in words(name))


def fore_votes(names: Iterable[str]) -> float:
    """Whether a leg's bones are called as a front leg's (up to 1) or a hind leg's (down to −1)."""
    votes, sure = 0, 0
    for name in names:
        told = words(name)
        sure += sum(_SURE.get(word, 0) for word in told)
        votes += any(word in _FORE for word in told) - any(word in _HIND for word in told)
    decided = sure or votes
    return float((decided > 0) - (decided < 0))


def kind_by_names(names: Iterable[str]) -> tuple[FootKind | None, Family | None]:
    """What a rig's names, or its own name, say of its feet and its family; None where nothing."""
    told = {word for name in names if _HORSE_LINK not in name.lower() for word in words(name)}
    if told & _SOLES:
        return FootKind.SOLE, Family.CANINE if told & {"bear", "panda"} else Family.HOOFED
    if told & _CANINE:
        return FootKind.PAW, Family.CANINE
    if (told & _HOOFED) - {"calf"} or ("hoof" in told):
        return FootKind.HOOF, Family.HOOFED
    if told & _PAWS:
        return FootKind.PAW, Family.CANINE
    return None, None


def paw_words(names: Iterable[str]) -> bool:
    """Whether names tell of paws."""
    return any(word in _PAWS for name in names for word in words(name))


def hoof_words(names: Iterable[str]) -> bool:
    """Whether names tell of hooves."""
    return any("hoof" in word for name in names for word in words(name))
