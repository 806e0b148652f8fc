"""Films to judge by: people, motions and views that nothing was trained with.

People have seeds below ``training.FIRST_SEED`` or the published human body with its own rigs;
motions are those that recordings keep apart (split ``val``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backend.mocap.common_clips import list_clips, read_standing_clip
from backend.rigs.filmed.acting import stretch
from backend.rigs.filmed.cameras import CameraPlan, Held
from backend.rigs.filmed.people import Figure
from backend.rigs.filmed.scenery import Scenery
from backend.rigs.filmed.shooting import Passer, Shot
from backend.rigs.human import Person
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip

from . import render_film

_LANDSCAPE, _SQUARE, _PORTRAIT = (640, 360), (480, 480), (360, 640)
_AFRICAN, _ASIAN, _CAUCASIAN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class JudgingFilm:
    """One film to judge by.

    Args:
        name: of its file.
        clip: recording's folder and name.
        start_s: where in the recording it begins.
        figure: who.
        camera: how it is filmed.
        scenery: where.
        size_px: of the picture.
        frames: how many, at ``rate_hz``.
        others: recordings of others in the picture, and where these begin; folder, name, place.
    """

    name: str
    clip: tuple[str, str]
    start_s: float
    figure: Figure
    camera: CameraPlan
    scenery: Scenery
    size_px: tuple[int, int] = _LANDSCAPE
    frames: int = 60
    rate_hz: float = 30.0
    others: Sequence[tuple[str, str, tuple[float, float]]] = field(default_factory=tuple)


FILMS: Final = (
    JudgingFilm(
        "walk_side_woman", ("cmu", "expmap_train_walkx_43"), 0.3,
        Figure(5, {"sex": 0.0, "age_years": 30.0, "ancestry": _AFRICAN, "trousers": "jeans"}),
        CameraPlan(Held.FOLLOWING, 90.0, 8.0, 4.6, 50.0),
        Scenery(31, "checks", "bricks", light="paint"), rate_hz=24.0, frames=52,
    ),
    JudgingFilm(
        "dance_front_man", ("cmu", "acrnn_salsa_12"), 8.0,
        Figure(12, {"sex": 1.0, "age_years": 45.0, "ancestry": _CAUCASIAN}),
        CameraPlan(Held.FIXED, 10.0, 5.0, 4.4, 40.0),
        Scenery(32, "plain", "plain", light="studio"), _SQUARE,
    ),
    JudgingFilm(
        "run_high_man", ("cmu", "expmap_train_running_3"), 0.0,
        Figure(9, {"sex": 1.0, "age_years": 25.0, "ancestry": _ASIAN, "trousers": "shorts"}),
        CameraPlan(Held.FOLLOWING, 40.0, 35.0, 5.0, 45.0),
        Scenery(33, "checks", light="outdoor"), frames=40,
    ),
    JudgingFilm(
        "gesture_front_child", ("cmu", "expmap_train_basketball_signal_4"), 6.0,
        Figure(20, {"sex": 0.0, "age_years": 11.0, "height_m": 1.36, "ancestry": _CAUCASIAN,
                    "trousers": "leggings"}),
        CameraPlan(Held.FIXED, -20.0, 10.0, 3.0, 42.0, shake=1.0),
        Scenery(34, "patches", "plain", light="Default"), _SQUARE,
    ),
    JudgingFilm(
        "dance_low_heavy", ("cmu", "iclone_005_09"), 3.0,
        Figure(33, {"sex": 1.0, "age_years": 50.0, "weight": 1.0, "ancestry": _AFRICAN}),
        CameraPlan(Held.ORBITING, -60.0, -10.0, 3.8, 35.0, turn_deg=70.0),
        Scenery(35, "plain", "patches", light="paint"), _SQUARE,
    ),
    JudgingFilm(
        "turn_handheld_bare_old", ("cmu", "expmap_train_walkx_49"), 1.2,
        Figure(3, human=Path(), rig="mixamo", bare=Person("female", "old", "average", "asian")),
        CameraPlan(Held.FOLLOWING, 30.0, 6.0, 3.6, 38.0, shake=1.2),
        Scenery(36, "checks", "bricks", light="studio"),
    ),
    JudgingFilm(
        "walk_behind_table", ("cmu", "expmap_test_walkx_14"), 0.5,
        Figure(14, {"sex": 0.0, "age_years": 62.0, "ancestry": _ASIAN, "trousers": "chinos"}),
        CameraPlan(Held.FIXED, 75.0, 14.0, 4.5, 36.0),
        Scenery(37, "plain", "plain", occluder="table", light="outdoor"),
    ),
    JudgingFilm(
        "sport_portrait_bare", ("cmu", "iclone_006_03"), 0.8,
        Figure(8, human=Path(), rig="default", bare=Person("male", "young", "thin", "african")),
        CameraPlan(Held.FOLLOWING, -35.0, 12.0, 4.0, 46.0, shake=0.6),
        Scenery(38, "patches", "none", light="Default"), _PORTRAIT,
    ),
    JudgingFilm(
        "karate_two_people", ("cmu", "acrnn_martial_09"), 4.0,
        Figure(26, {"sex": 0.0, "age_years": 35.0, "ancestry": _CAUCASIAN}),
        CameraPlan(Held.FOLLOWING, 25.0, 10.0, 4.6, 44.0, aside=(-0.08, 0.0)),
        Scenery(39, "checks", "plain", light="paint"),
        others=(("cmu", "expmap_test_walkx_7", (1.6, 1.2)),),
    ),
)  # fmt: skip


def make_films(data: Path, out: Path, only: str = "") -> Iterator[Path]:
    """Render the films, each with its truth beside it; gives their paths as they are there.

    Args:
        data: folder with ``mocap`` and ``human``.
        out: folder for the films.
        only: those whose name contains this.

    Raises:
        InputError: a recording is missing.
        NeuralMotionError: a film could not be rendered.
    """
    for film in FILMS:
        if only in film.name:
            path = out / f"{film.name}.mp4"
            render_film(shot_of(film, data), path)
            yield path


def shot_of(film: JudgingFilm, data: Path) -> Shot:
    """What is rendered for a film.

    Raises:
        InputError: a recording is missing.
    """
    figure = film.figure
    if figure.human is not None:
        figure = Figure(figure.seed, human=data / "human", rig=figure.rig, bare=figure.bare)
    others = tuple(
        Passer(Figure(film.figure.seed + 1), _clip(data, folder, name, 0.3, film), place)
        for folder, name, place in film.others
    )
    return Shot(
        clip=_clip(data, *film.clip, film.start_s, film),
        figure=figure,
        camera=film.camera,
        scenery=film.scenery,
        size_px=film.size_px,
        seed=film.scenery.seed,
        others=others,
    )


def _clip(data: Path, folder: str, name: str, start_s: float, film: JudgingFilm) -> MotionClip:
    path = data / "mocap" / folder / f"{name}.bvh"
    apart = {each.name for each in list_clips(path.parent, split="val")}
    if not path.is_file() or name not in apart:
        raise InputError(f"{path} is missing or not among the recordings kept apart for judging")
    return stretch(read_standing_clip(path), start_s, film.frames, film.rate_hz)
