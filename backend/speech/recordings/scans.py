"""Dense scans with sound: VOCASET, BIWI, and any other mesh kept the same way.

The layout is that of FaceFormer, FaceXHuBERT and FaceDiffuser: ``vertices_npy/NAME.npy`` with
(T, 3 V) or (T, V, 3) places, ``wav/NAME.wav``, the speakers' faces at rest in ``templates/`` or
``templates.npz``, and, where there are any, ``regions/lve.txt`` and ``regions/fdd.txt`` with the
numbers of the vertices of the lips and of the upper face.

Splits. VOCASET, as in all three papers: eight speakers to train on, two to choose by and two to
test, the latter with sentences 21 to 40. BIWI, as FaceDiffuser has it: six speakers with sentences
1 to 32 to train on, 33 to 36 to choose by, and of all speakers 37 to 40 to test. Of other speakers'
recordings one in ten is held out to choose by, and one to test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from backend.recordings.sounds import check_length, open_sound
from backend.recordings.splits import TEST, TRAIN, VAL, split_in_order
from blender_addon.core.conventions import Ints
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.inference.contract import DataSource
from blender_addon.core.sound.waveform import Sound

from .arrays import frame_count_of, read_indices, read_vertices, width_of
from .corpus import NEUTRAL, Corpus, Recording, sorted_by_name
from .meshes import read_templates

VOCASET_VERTICES: Final = 5023
BIWI_VERTICES: Final = 23_370
EMOTIONAL: Final = "emotional"
_VOCASET_TRAIN: Final = frozenset(
    f"FaceTalk_{each}_TA" for each in (
        "170728_03272", "170904_00128", "170725_00137", "170915_00223", "170811_03274",
        "170913_03279", "170904_03276", "170912_03278",
    )
)  # fmt: skip
_VOCASET_VAL: Final = frozenset(f"FaceTalk_{n}_TA" for n in ("170811_03275", "170908_03277"))
_VOCASET_TEST: Final = frozenset(f"FaceTalk_{n}_TA" for n in ("170809_00138", "170731_00024"))
_VOCASET_HELD_OUT: Final = range(21, 41)
_BIWI_TRAIN: Final = frozenset(("F2", "F3", "F4", "M3", "M4", "M5"))
_BIWI_TEST: Final = frozenset(("F1", "F5", "F6", "F7", "F8", "M1", "M2", "M6"))
_BIWI_SENTENCES: Final = 40
_VOCA_NAME: Final = re.compile(r"(?P<speaker>.+)_sentence(?P<number>\d+)")
_BIWI_NAME: Final = re.compile(r"(?P<speaker>.+)_(?P<emotional>e?)(?P<number>\d+)")
_OTHER_NAME: Final = re.compile(r"(?P<speaker>.+?)_(?P<number>.+)")
_NON_COMMERCIAL: Final = "research only, by agreement with its makers"


@dataclass(frozen=True)
class Said:
    """What a file's name tells: who says which sentence, and how."""

    name: str
    speaker: str
    number: str
    emotion: str = NEUTRAL


def read_voca(folder: Path) -> Corpus:
    """VOCASET: twelve people, 5023 vertices of FLAME in metres, at 60 Hz or halved to 30.

    Source: Cudeiro et al. 2019, *Capture, learning, and synthesis of 3D speaking styles*.

    Raises:
        InputError: a file is missing, damaged or of another mesh; says which and what to do.
    """
    _refuse_raw(folder)
    names = [_named(path.stem, _VOCA_NAME, "SPEAKER_sentence01") for path in _files(folder)]
    source = DataSource("VOCASET", _NON_COMMERCIAL, "voca.is.tue.mpg.de, Cudeiro et al. 2019")
    return _read(folder, names, VOCASET_VERTICES, (30.0, 60.0), source, "m")


def read_biwi(folder: Path) -> Corpus:
    """BIWI: fourteen people, 23 370 vertices, 25 Hz, forty sentences plain and with emotion.

    The latter are named F1_e01 (FaceFormer) or go on counting from 41 (FaceXHuBERT).

    Source: Fanelli et al. 2010, *A 3-D audio-visual corpus of affective communication*.

    Raises:
        InputError: as ``read_voca``.
    """
    names = [_biwi_named(path.stem) for path in _files(folder)]
    source = DataSource("BIWI 3D Audiovisual Corpus (B3D(AC)²)", _NON_COMMERCIAL, "ETH Zürich")
    return _read(folder, names, BIWI_VERTICES, (25.0,), source, "as scaled by its preparation")


def read_scans(folder: Path) -> Corpus:
    """Any other mesh in the same layout; ``scans.json`` tells what no file does.

    It holds ``frame_rate_hz``, and may hold ``name``, ``licence``, ``attribution`` and ``unit``.
    A file's name is SPEAKER_SENTENCE; what follows a second underscore is its emotion.

    Raises:
        InputError: as ``read_voca``.
    """
    path = folder / "scans.json"
    try:
        about = json.loads(path.read_text("utf-8"))
        rate, unit = float(about["frame_rate_hz"]), str(about.get("unit", "units"))
        told = [str(about.get(key, "not stated")) for key in ("name", "licence", "attribution")]
    except (OSError, *MALFORMED) as error:
        raise InputError(
            f'{path}: expected {{"frame_rate_hz": 30, "name": …, "licence": …, "unit": "m"}}; '
            f"{shortened(error)}"
        ) from error
    if not 5.0 <= rate <= 240.0:
        raise InputError(f"{path}: expected a frame rate from 5 to 240 Hz; found {rate:g}")
    files = _files(folder)
    names = [_other_named(file.stem) for file in files]
    [(width, _)] = Counter(map(width_of, files)).most_common(1)
    return _read(folder, names, width // 3, (rate,), DataSource(*told), unit)


def _files(folder: Path) -> list[Path]:
    files = sorted((folder / "vertices_npy").glob("*.npy"))
    if not files:
        raise InputError(
            f"there are no frames in {folder / 'vertices_npy'}; expected NAME.npy there and "
            f"NAME.wav in {folder / 'wav'}"
        )
    return files


def _refuse_raw(folder: Path) -> None:
    if (folder / "data_verts.npy").is_file() and not (folder / "vertices_npy").is_dir():
        raise InputError(
            f"{folder} holds VOCASET as it is downloaded, whose index and sound are pickles. Turn "
            "it into vertices_npy/ and wav/ with FaceFormer's or FaceDiffuser's "
            "process_voca_data.py first"
        )


def _named(name: str, pattern: re.Pattern[str], example: str) -> Said:
    match = pattern.fullmatch(name)
    if match is None:
        raise InputError(f"the file '{name}' is not named like {example}; rename or remove it")
    return Said(name, match["speaker"], match["number"])


def _biwi_named(name: str) -> Said:
    match = _BIWI_NAME.fullmatch(name)
    if match is None:
        raise InputError(f"the file '{name}' is not named like F1_01 or F1_e01; rename it")
    number, emotional = int(match["number"]), bool(match["emotional"])
    if number > _BIWI_SENTENCES:
        number, emotional = number - _BIWI_SENTENCES, True
    return Said(name, match["speaker"], str(number), EMOTIONAL if emotional else NEUTRAL)


def _other_named(name: str) -> Said:
    said = _named(name, _OTHER_NAME, "ANNA_01 or ANNA_01_happy")
    number, _, emotion = said.number.partition("_")
    return Said(name, said.speaker, number, emotion or NEUTRAL)


def _read(
    folder: Path,
    names: Sequence[Said],
    vertices: int,
    rates_hz: Sequence[float],
    source: DataSource,
    unit: str,
) -> Corpus:
    speakers = sorted({said.speaker for said in names})
    templates, faces = read_templates(folder, speakers, vertices)
    recordings = []
    for said, split in zip(names, _splits(names), strict=True):
        if not split:
            continue
        path = folder / "vertices_npy" / f"{said.name}.npy"
        sound = open_sound(folder / "wav" / f"{said.name}.wav")
        count = frame_count_of(path, 3 * vertices)
        rate = _nearest_rate(said.name, count, rates_hz, sound)
        recordings.append(
            Recording(
                said.name, said.speaker, said.emotion, split, sound, rate, count,
                partial(read_vertices, path), templates[said.speaker],
            )
        )  # fmt: skip
    regions = (_region(folder / "regions" / f"{name}.txt", vertices) for name in ("lve", "fdd"))
    return Corpus(source.name, sorted_by_name(recordings), source, unit, (), faces, *regions)


def _region(path: Path, vertices: int) -> Ints | None:
    return read_indices(path, vertices) if path.is_file() else None


def _nearest_rate(name: str, count: int, rates_hz: Sequence[float], sound: Sound) -> float:
    """The one of these rates at which the frames last as long as the sound."""
    rate = min(rates_hz, key=lambda each: abs(count / each - sound.duration_s))
    check_length(name, count, rate, sound)
    return rate


def _splits(names: Sequence[Said]) -> list[str]:
    """Of each recording, as the papers have it; empty where it is left out."""
    known = {
        **dict.fromkeys(_VOCASET_TRAIN | _VOCASET_VAL | _VOCASET_TEST, _voca_split),
        **dict.fromkeys(_BIWI_TRAIN | _BIWI_TEST, _biwi_split),
    }
    others: dict[str, list[int]] = {}
    splits = [""] * len(names)
    for place, said in enumerate(names):
        if said.speaker in known:
            splits[place] = known[said.speaker](said)
        else:
            others.setdefault(said.speaker, []).append(place)
    for places in others.values():
        for place, split in zip(places, split_in_order(len(places)), strict=True):
            splits[place] = split
    return splits


def _voca_split(said: Said) -> str:
    if said.speaker in _VOCASET_TRAIN:
        return TRAIN
    if int(said.number) not in _VOCASET_HELD_OUT:
        return ""
    return VAL if said.speaker in _VOCASET_VAL else TEST


def _biwi_split(said: Said) -> str:
    number = int(said.number)
    if number > 36:
        return TEST
    if said.speaker in _BIWI_TEST:
        return ""
    return TRAIN if number <= 32 else VAL
