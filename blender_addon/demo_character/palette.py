"""What every surface of a person looks like, as numbers: pure NumPy.

Colours are linear. Light to dark skin, and lips, nails and rims of lids that belong to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..core.errors import SettingsError
from .look import Colour
from .person import Person

# Skin by tone, 0 to 1; in between it is mixed along the square roots, as eyes see light.
_TONES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SKINS: Final = (
    (0.84, 0.60, 0.49), (0.70, 0.435, 0.315), (0.52, 0.285, 0.175),
    (0.30, 0.142, 0.077), (0.135, 0.059, 0.033), (0.052, 0.025, 0.017),
)  # fmt: skip
_UNDERTONE_SPREAD: Final = 0.035


@dataclass(frozen=True)
class Finish:
    """How a surface meets light.

    Args:
        name: of the material.
        colour: linear.
        roughness: 0 a mirror, 1 chalk.
        specular: 0.5 is skin, glass and most else.
        subsurface: share of light that wanders below the surface.
        coat: share of a wet film on top.
        sheen: share of fuzz.
        opacity: 1 hides what is behind; Workbench shows everything as opaque.
        tint: whether the colour attribute of the mesh, ``TINT``, multiplies the colour, and how
            much: 0 to 1.
    """

    name: str
    colour: Colour
    roughness: float = 0.5
    specular: float = 0.5
    subsurface: float = 0.0
    coat: float = 0.0
    sheen: float = 0.0
    opacity: float = 1.0
    tint: float = 0.0


TINT: Final = "Tint"


def finish_of(name: str, person: Person) -> Finish:
    """What a material of a person looks like.

    Args:
        name: of the material, such as "Skin".

    Raises:
        SettingsError: there is no such material.
    """
    if name not in _FINISHES:
        raise SettingsError(f"no material {name}; there are {', '.join(sorted(_FINISHES))}")
    finish, colour = _FINISHES[name]
    return replace(finish, colour=colour(person) if colour else finish.colour)


def skin_colour(person: Person) -> Colour:
    """Colour of the skin: by tone, and a little rosier or yellower from person to person."""
    roots = np.sqrt(np.array(_SKINS))
    tone = person.look.skin_tone
    root = np.array([np.interp(tone, _TONES, roots[:, channel]) for channel in range(3)])
    under = np.random.default_rng([person.seed, 2]).normal(0.0, _UNDERTONE_SPREAD)
    rosy = np.array([1.0, 1.0 - 0.5 * under, 1.0 + under])
    return _colour(root**2 * rosy)


def _colour(values: np.ndarray) -> Colour:
    red, green, blue = np.round(np.clip(values, 0.0, 1.0), 4).tolist()
    return (red, green, blue)


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    return _colour((1.0 - share) * np.array(first) + share * np.array(second))


def _times(colour: Colour, *factors: float) -> Colour:
    return _colour(np.array(colour) * np.array(factors))


def _lips(person: Person) -> Colour:
    blood = (0.42, 0.105, 0.10)
    grown = float(np.interp(person.age_years, (12.0, 18.0, 45.0, 75.0), (0.0, 1.0, 1.0, 0.3)))
    seen = 1.0 - 0.5 * person.look.skin_tone  # dark skin lets less of it through
    rosy = _mix(_times(skin_colour(person), 0.84, 0.66, 0.67), blood, 0.10 * seen)
    return _mix(rosy, blood, 0.22 * seen * grown * (1.0 - person.sex))


def _nails(person: Person) -> Colour:
    return _mix(
        _times(skin_colour(person), 1.0, 0.86, 0.86),
        (0.72, 0.50, 0.46),
        0.30 - 0.18 * person.look.skin_tone,
    )


def _lid_rim(person: Person) -> Colour:
    return _mix(_times(skin_colour(person), 0.90, 0.66, 0.64), (0.50, 0.20, 0.18), 0.30)


def _iris(light: float, white: float) -> Callable[[Person], Colour]:
    def colour(person: Person) -> Colour:
        return _mix(_times(person.look.eye_colour, light, light, light), (1.0, 0.9, 0.7), white)

    return colour


def _brows(person: Person) -> Colour:
    hair, skin = person.look.hair_colour, skin_colour(person)
    dark = _times(hair, 0.65, 0.62, 0.60)
    lightest = 0.45 * float(np.mean(skin))  # fair brows still stand out from the skin
    return _times(dark, *(3 * [min(1.0, lightest / max(float(np.mean(dark)), 1e-6))]))


def _lashes(person: Person) -> Colour:
    return _mix((0.006, 0.005, 0.005), _times(_brows(person), 0.5, 0.5, 0.5), 0.35)


def _beard(light: float) -> Callable[[Person], Colour]:
    def colour(person: Person) -> Colour:
        return _times(person.look.hair_colour, 0.85 * light, 0.80 * light, 0.78 * light)

    return colour


def _hair(light: float) -> Callable[[Person], Colour]:
    return lambda person: _times(person.look.hair_colour, light, light, light)


def _thin_hair(share: float) -> Callable[[Person], Colour]:
    """Hair through which the skin shows."""

    def colour(person: Person) -> Colour:
        return _mix(skin_colour(person), _hair(0.7)(person), share)

    return colour


_SKIN: Final = Finish("Skin", (0, 0, 0), 0.47, 0.40, subsurface=0.12, sheen=0.05, tint=1.0)
_HAIR: Final = Finish("Hair", (0, 0, 0), 0.42, 0.45)
_CLOTH: Final = Finish("Shirt", (0, 0, 0), 0.88, 0.25, sheen=0.25)
_WET: Final = Finish("EyeWhite", (0.70, 0.665, 0.63), 0.10, 0.5, subsurface=0.05, coat=0.5)
_TONGUE: Final = Finish("Tongue", (0.42, 0.135, 0.125), 0.42, subsurface=0.15, coat=0.15)
_TEETH: Final = Finish("Teeth", (0.70, 0.645, 0.53), 0.18, subsurface=0.1, coat=0.3)
_LEATHER: Final = Finish("Belt", (0.032, 0.020, 0.013), 0.45)

_FINISHES: Final[Mapping[str, tuple[Finish, Callable[[Person], Colour] | None]]] = {
    each[0].name: each
    for each in (
        (_SKIN, skin_colour),
        (replace(_SKIN, name="Lips", roughness=0.34, coat=0.10), _lips),
        (replace(_SKIN, name="Nails", roughness=0.26, coat=0.2, sheen=0.0, tint=0.0), _nails),
        (replace(_SKIN, name="LidRim", roughness=0.14, coat=0.4, sheen=0.0, tint=0.0), _lid_rim),
        (Finish("Mouth", (0.085, 0.016, 0.014), 0.40, subsurface=0.05), None),
        (_WET, None),
        (replace(_WET, name="EyePink", colour=(0.59, 0.47, 0.43)), None),
        (replace(_WET, name="EyePale", colour=(0.655, 0.585, 0.55)), None),
        (replace(_WET, name="Iris", subsurface=0.0), _iris(1.0, 0.0)),
        (replace(_WET, name="IrisLight", subsurface=0.0), _iris(1.55, 0.05)),
        (replace(_WET, name="IrisDark", subsurface=0.0), _iris(0.55, 0.0)),
        (replace(_WET, name="Limbus", subsurface=0.0), _iris(0.22, 0.012)),
        (replace(_WET, name="Pupil", colour=(0.003, 0.003, 0.003), subsurface=0.0), None),
        (Finish("Glint", (1.0, 1.0, 1.0), 0.05, opacity=0.55), None),
        (Finish("Lashes", (0, 0, 0), 0.6, 0.2), _lashes),
        (Finish("Brows", (0, 0, 0), 0.65, 0.2), _brows),
        (
            replace(_SKIN, name="BrowShade", roughness=0.6, sheen=0.0, tint=0.0),
            lambda person: _mix(skin_colour(person), _brows(person), 0.62),
        ),
        (_HAIR, _hair(1.0)),
        (replace(_HAIR, name="HairLight"), _hair(1.3)),
        (replace(_HAIR, name="HairDark", roughness=0.6), _hair(0.62)),
        *(
            (Finish(f"HairThin{number}", (0, 0, 0), 0.6, 0.35, sheen=0.05), _thin_hair(share))
            for number, share in enumerate((0.14, 0.30, 0.47, 0.64, 0.82), start=1)
        ),
        (replace(_HAIR, name="Beard", roughness=0.55), _beard(1.0)),
        (replace(_HAIR, name="BeardLight", roughness=0.55), _beard(1.3)),
        (replace(_HAIR, name="BeardDark", roughness=0.65), _beard(0.65)),
        (Finish("HairTie", (0.03, 0.028, 0.03), 0.8, 0.3), None),
        (_TEETH, None),
        (replace(_TEETH, name="TeethSide", colour=(0.46, 0.40, 0.32)), None),
        (replace(_TEETH, name="TeethBack", colour=(0.22, 0.165, 0.125)), None),
        (Finish("Gums", (0.40, 0.125, 0.115), 0.28, subsurface=0.15, coat=0.3), None),
        (_TONGUE, None),
        (replace(_TONGUE, name="TongueBack", colour=(0.19, 0.05, 0.046)), None),
        (_CLOTH, lambda person: person.look.shirt_colour),
        (
            replace(_CLOTH, name="ShirtTrim"),
            lambda person: _times(person.look.shirt_colour, 0.72, 0.72, 0.72),
        ),
        (replace(_CLOTH, name="Trousers"), lambda person: person.look.trousers_colour),
        (
            replace(_CLOTH, name="TrousersTrim"),
            lambda person: _times(person.look.trousers_colour, 0.7, 0.7, 0.7),
        ),
        (_LEATHER, None),
        (Finish("Buckle", (0.40, 0.38, 0.34), 0.30, 0.9), None),
        (Finish("Buttons", (0.50, 0.48, 0.43), 0.35), None),
        (replace(_CLOTH, name="Socks", colour=(0.42, 0.41, 0.39)), None),
        (replace(_LEATHER, name="Shoes"), lambda person: person.look.shoes_colour),
        (
            replace(_LEATHER, name="ShoesTrim"),
            lambda person: _times(person.look.shoes_colour, 0.55, 0.55, 0.55),
        ),
        (Finish("Soles", (0.50, 0.49, 0.46), 0.75, 0.3), None),
        (Finish("DarkSoles", (0.03, 0.028, 0.026), 0.8, 0.3), None),
        (Finish("Laces", (0.55, 0.54, 0.51), 0.85, 0.2), None),
    )
}
MATERIALS: Final = tuple(_FINISHES)
"""Names of all materials."""
TINTED: Final = frozenset(name for name, (finish, _) in _FINISHES.items() if finish.tint)
"""Those whose colour a mesh's colour attribute multiplies."""
