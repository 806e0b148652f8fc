"""Small data sets in the layouts of VOCASET, BIWI, BEAT and IEMOCAP, for tests.

In all of them the lips part, and a weight opens, as a hum swells, so that there is something to
learn.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from blender_addon.core.face.arkit import ARKIT_52
from tests.shared.core.sound_samples import write_wav
from tests.speech.training_samples import swell

VOCA = [
    "FaceTalk_170728_03272_TA_sentence01", "FaceTalk_170728_03272_TA_sentence02",
    "FaceTalk_170904_00128_TA_sentence01", "FaceTalk_170811_03275_TA_sentence21",
    "FaceTalk_170809_00138_TA_sentence22", "FaceTalk_170809_00138_TA_sentence05",
]  # fmt: skip
"""Three to train on, one to choose by, one to test; the last is left out in the papers."""
BIWI = ["F2_01", "F2_e02", "M3_41", "F2_33", "F1_e37", "F1_01"]
MARKERS = ("CH1", "FH1", "LBRO1", "Mou1", "Mou2")


def hum(seconds: float, rate_hz: float, seed: int):
    """A sound at 16 kHz, and how loud it is at each frame, (T,) 0 … 1."""
    waveform, causes = swell(seconds, seed)
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    places = np.minimum((at * 16_000).astype(int), len(causes) - 1)
    return waveform, causes[places, 0]


def sphere(vertices: int):
    """(V, 3) places on a head of sorts, the lips first: they lie lowest."""
    rng = np.random.default_rng(3)
    places = rng.normal(0.0, 0.1, (vertices, 3))
    places[: vertices // 10, 1] = -0.2
    return places.astype(np.float32)


def moved(rest, loud):
    """(T, V, 3): the lips drop as it is loud, and all vertices stir a little."""
    count = len(rest) // 10
    frames = np.repeat(rest[None], len(loud), 0)
    frames[:, :count, 1] -= 0.02 * loud[:, None]
    stirring = np.sin(np.arange(len(rest) - count))
    frames[:, count:, 2] += 0.004 * np.square(loud)[:, None] * stirring
    return frames.astype(np.float32)


def write_scans(folder: Path, names, vertices: int, rate_hz: float, seconds: float = 1.0):
    """``vertices_npy``, ``wav`` and ``templates`` of each speaker."""
    for part in ("vertices_npy", "wav", "templates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    rest = sphere(vertices)
    for seed, name in enumerate(names):
        waveform, loud = hum(seconds, rate_hz, seed)
        frames = moved(rest, loud)
        np.save(folder / "vertices_npy" / f"{name}.npy", frames.reshape(len(frames), -1))
        write_wav(folder / "wav" / f"{name}.wav", waveform, 16_000)
        np.save(folder / "templates" / f"{name.rpartition('_')[0]}.npy", rest)
    return folder


def write_voca(folder: Path, rate_hz: float = 30.0, seconds: float = 1.0):
    return write_scans(folder, VOCA, 5023, rate_hz, seconds)


def write_biwi(folder: Path):
    return write_scans(folder, BIWI, 23_370, 25.0)


def write_other(folder: Path, vertices: int = 60, people=("anna", "ben"), seconds: float = 2.0):
    """Scans of a mesh of no data set, with regions of lips and upper face."""
    names = [f"{who}_{n:02d}" for who in people for n in range(4)]
    write_scans(folder, names, vertices, 30.0, seconds)
    (folder / "scans.json").write_text(json.dumps({"frame_rate_hz": 30, "unit": "m"}))
    (folder / "regions").mkdir()
    (folder / "regions" / "lve.txt").write_text(", ".join(map(str, range(vertices // 10))))
    (folder / "regions" / "fdd.txt").write_text(", ".join(map(str, range(40, vertices))))
    return folder


GRID = """File type = "ooTextFile"
Object class = "TextGrid"
xmin = 0
xmax = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.9
            text = "my"
    item [2]:
        class = "IntervalTier"
        name = "phones"
        intervals [1]:
            xmin = 0.5
            xmax = 0.6
            text = "M"
"""


def write_beat(folder: Path, seconds: float = 2.0):
    """Six speeches of two people in two emotions, and a conversation."""
    channels = [name for name in ARKIT_52 if name != "tongueOut"]
    names = [f"1_wayne_0_{n}_{n}" for n in (1, 2, 3, 66)] + ["2_scott_0_1_1", "2_scott_0_2_2"]
    for seed, name in enumerate([*names, "2_scott_1_1_1"]):
        own = folder / name.split("_")[0]
        own.mkdir(parents=True, exist_ok=True)
        waveform, loud = hum(seconds, 60.0, seed)
        weights = np.zeros((len(loud), len(channels)))
        weights[:, channels.index("jawOpen")] = 0.7 * loud
        frames = [
            {"weights": row.round(4).tolist(), "time": n / 60, "rotation": []}
            for n, row in enumerate(weights)
        ]
        document = {"names": channels, "frames": frames}
        (own / f"{name}.json").write_text(json.dumps(document))
        write_wav(own / f"{name}.wav", waveform, 16_000)
        (own / f"{name}.TextGrid").write_text(GRID)
    (folder / "2" / "2_scott_1_1_1.csv").write_text("a,0.0,0.4,0.4,0\nb,0.4,2.0,1.6,2\n")
    return folder


def write_iemocap(folder: Path, seconds: float = 1.0):
    """An utterance of each of five sessions, and one of an actor without markers."""
    rest = np.array([[0, -60, 0], [0, 60, 0], [20, 40, 0], [0, -20, 5], [0, -30, 5]], float)
    for session in (1, 2, 3, 4, 5):
        dialog = f"Ses0{session}F_impro01"
        base = folder / f"Session{session}"
        sentences = base / "sentences"
        for part in ("MOCAP_rotated", "wav"):
            (sentences / part / dialog).mkdir(parents=True, exist_ok=True)
        (base / "dialog" / "EmoEvaluation").mkdir(parents=True, exist_ok=True)
        lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
        for seed, (who, emotion) in enumerate((("F", "ang"), ("M", "neu"))):
            name = f"{dialog}_{who}000"
            waveform, loud = hum(seconds, 120.0, 10 * session + seed)
            _write_markers(sentences / "MOCAP_rotated" / dialog / f"{name}.txt", rest, loud)
            write_wav(sentences / "wav" / dialog / f"{name}.wav", waveform, 16_000)
            lines.append(f"[6.2901 - 8.2357]\t{name}\t{emotion}\t[2.5000, 2.5000, 2.5000]")
        (base / "dialog" / "EmoEvaluation" / f"{dialog}.txt").write_text("\n".join(lines))
    return folder


def _write_markers(path: Path, rest, loud):
    frames = np.repeat(rest[None], len(loud), 0)
    frames[:, 4, 1] -= 10 * loud
    frames[5:9, 3] = np.nan  # a marker out of sight
    rows = ["Frame# Time " + " ".join(MARKERS), " ".join(["x", "x", *"XYZ" * len(MARKERS)])]
    for n, places in enumerate(frames):
        numbers = " ".join(f"{number:.5f}" for number in places.ravel())
        rows.append(f"{n + 1} {n / 120:.5f} {numbers}")
    path.write_text("\n".join(rows) + "\n")
