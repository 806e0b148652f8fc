"""Who somebody is: what can be chosen of a person, and how a seed chooses it: pure NumPy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from ..core.errors import SettingsError
from ..core.settings import declared
from .features import REGIONS
from .look import Look, draw_look
from .traits import ANCESTRIES, COLOURS, MAX_SEED, STYLES, Traits

_TALLER: Final = 1.06  # than the targets, whose women are 1.56 m and men 1.70 m
_FEATURE_SPREAD: Final = 0.45


@dataclass(frozen=True)
class Person:
    """Somebody.

    Args:
        seed: which of all people.
        sex: 0 a woman, 1 a man.
        age_years: 11 to 80.
        weight: −1 thin, 0 average, 1 heavy.
        ancestry: shares of ANCESTRIES; sum to 1.
        height_m: without shoes.
        features: (R, 3) what each region of the face has more of each ancestry; rows sum to 0.
        look: hair, clothes and colours.
    """

    seed: int
    sex: float
    age_years: float
    weight: float
    ancestry: tuple[float, float, float]
    height_m: float
    features: tuple[tuple[float, ...], ...]
    look: Look


def draw_person(seed: int, chosen: Mapping[str, Any] | None = None) -> Person:
    """The person of a seed, with some traits chosen instead.

    Args:
        seed: same seed, same person; from 0.
        chosen: fields of Person or Look by name; what is not there follows from the seed. A trait
            that is chosen leaves the others as they were.

    Raises:
        SettingsError: a trait is out of its range, or its name is not known.
    """
    from .body import natural_height_m  # measures the body, which knows of persons

    chosen = dict(chosen or {})
    check_traits(seed, chosen)
    rng = np.random.default_rng([seed, 0])
    person = _draw_body(seed, rng)
    person = replace(person, **{key: chosen[key] for key in chosen if key in _BODY})
    person = replace(person, ancestry=_shares_of(person.ancestry))
    tall = _TALLER * natural_height_m(person) * float(np.clip(rng.normal(1.0, 0.025), 0.94, 1.06))
    person = replace(person, height_m=chosen.get("height_m", tall))
    return dress_anew(person, seed, chosen)


def dress_anew(person: Person, seed: int, chosen: Mapping[str, Any] | None = None) -> Person:
    """The same body with hair, clothes and colours of another seed.

    Args:
        person: whose body.
        seed: of the look, and of the person from now on.
        chosen: as in draw_person; what it says of the look holds.
    """
    facts = (person.sex, person.age_years, person.ancestry)
    look = draw_look(*facts, np.random.default_rng([seed, 1]))
    look = replace(look, **{key: value for key, value in (chosen or {}).items() if key in _LOOK})
    return replace(person, seed=seed, look=look)


def _draw_body(seed: int, rng: np.random.Generator) -> Person:
    # Neighbours in number are of another sex and mostly of another ancestry: crowds are mixed.
    sex = 0.9 * (seed % 2) + float(rng.uniform(0.0, 0.1))
    age = float(np.clip(rng.gamma(4.0, 6.5) + 14.0, 16.0, 78.0))
    weight = float(np.clip(rng.normal(0.0, 0.4), -0.9, 0.9))
    mixed = rng.uniform(0.0, 0.35, 2) * (rng.random(2) < 0.4)
    shares = np.roll([1.0, *mixed], (seed // 2 + seed % 2) % 3 + 2)
    free = rng.normal(0.0, _FEATURE_SPREAD, (len(REGIONS), 3))
    features = free - free.mean(axis=1, keepdims=True)
    ancestry = _shares_of((float(shares[0]), float(shares[1]), float(shares[2])))
    return Person(
        seed, sex, age, weight, ancestry, 1.7, tuple(map(tuple, features.tolist())), Look()
    )


def _shares_of(parts: tuple[float, float, float]) -> tuple[float, float, float]:
    total = sum(parts)
    return (parts[0] / total, parts[1] / total, parts[2] / total)


_LOOK: Final = frozenset(each.name for each in fields(Look))
_BODY: Final = frozenset(("sex", "age_years", "weight", "ancestry", "features"))


def check_traits(seed: int, chosen: Mapping[str, Any]) -> None:
    """Refuse a seed or trait out of its range, and names that are no trait.

    Raises:
        SettingsError: says what was found and what is possible.
    """
    if not 0 <= seed <= MAX_SEED:
        raise SettingsError(f"the seed must be a whole number from 0 to {MAX_SEED}; found {seed}")
    known = {*_LOOK, *_BODY, "height_m"}
    if unknown := sorted(set(chosen) - known):
        raise SettingsError(f"no person has {', '.join(unknown)}; possible: {sorted(known)}")
    for each in declared(Traits):
        each.check(chosen.get(each.field, each.default))
    for name in STYLES:
        if chosen.get(name, STYLES[name][0]) not in STYLES[name]:
            raise SettingsError(
                f"{name} must be one of {', '.join(STYLES[name])}; found '{chosen[name]}'"
            )
    for name in COLOURS:
        colour = chosen.get(name, (0.0, 0.0, 0.0))
        if len(colour) != 3 or not all(0.0 <= value <= 1.0 for value in colour):
            raise SettingsError(f"{name} must be three numbers from 0 to 1; found {tuple(colour)}")
    parts = chosen.get("ancestry", (1.0, 0.0, 0.0))
    if len(parts) != 3 or min(parts) < 0.0 or not 0.0 < sum(parts) < math.inf:
        raise SettingsError(
            f"ancestry must be three shares from 0, not all 0, for {', '.join(ANCESTRIES)}; "
            f"found {tuple(parts)}"
        )
