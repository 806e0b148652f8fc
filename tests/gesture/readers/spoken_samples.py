"""Takes of talking people in the layouts that data sets have: BVH in centimetres, sound, words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from blender_addon.core.face.arkit import ARKIT_52
from tests.shared.core.sound_samples import write_wav

RATE_HZ = 16_000
GRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2
tiers? <exists>
size = 2
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
            text = "hello"
    item [2]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2
        intervals: size = 2
        intervals [1]:
            xmin = 0.5
            xmax = 0.6
            text = "HH"
        intervals [2]:
            xmin = 0.6
            xmax = 0.9
            text = "AH0"
"""
_SPINE = ("Spine", "Spine1", "Spine2", "Spine3")
_USUAL = {
    "chest": "Spine3", "neck": ("Neck", "Neck1"), "head": "Head", "root": ("Hips",),
    "arm": ("{side}Shoulder", "{side}Arm", "{side}ForeArm", "{side}Hand"),
    "leg": ("{side}UpLeg", "{side}Leg", "{side}Foot", "{side}ToeBase"), "spine": _SPINE,
}  # fmt: skip
_TWH = {
    "chest": "b_spine3", "neck": ("b_neck0",), "head": "b_head", "root": ("body_world", "b_root"),
    "arm": ("b_{l}_shoulder", "b_{l}_arm", "b_{l}_forearm", "b_{l}_wrist"),
    "leg": ("b_{l}_upleg", "b_{l}_leg", "b_{l}_foot"),
    "spine": ("b_spine0", "b_spine1", "b_spine2", "b_spine3"),
}  # fmt: skip
_BEAT = _USUAL | {
    "leg": ("{side}UpLeg", "{side}Leg", "{side}Foot", "{side}ForeFoot", "{side}ToeBase")
}
_Joint = tuple[str, str, tuple[float, float, float]]


def write_body(path: Path, rate_hz: float, seconds: float, names: dict[str, object]) -> None:
    """Someone of 1.8 m in centimetres who lifts the right forearm, as BVH."""
    tree = _tree(_joints(names), "", 0)
    order = [line.split()[1] for line in tree if line.split()[0] in ("ROOT", "JOINT")]
    frames = round(rate_hz * seconds)
    times = np.arange(frames) / rate_hz
    rows = np.zeros((frames, 3 + 3 * len(order)))
    rows[:, 1] = 96.0
    raised = next(n for n, name in enumerate(order) if name in ("RightForeArm", "b_r_forearm"))
    rows[:, 3 + 3 * raised] = 60.0 * np.sin(np.pi * times / seconds) ** 2
    lines = ["HIERARCHY", *tree, "MOTION", f"Frames: {frames}"]
    lines += [f"Frame Time: {1.0 / rate_hz:.6f}"]
    lines += [" ".join(f"{value:.4f}" for value in row) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def _joints(names: dict[str, object]) -> list[_Joint]:
    found: list[_Joint] = []

    def chain(parent: str, own: Sequence[str], steps: Sequence[tuple[float, float, float]]) -> str:
        for name, step in zip(own, steps, strict=True):
            found.append((name, parent, step))
            parent = name
        return parent

    root, spine, neck = names["root"], names["spine"], names["neck"]
    assert isinstance(root, tuple) and isinstance(spine, tuple) and isinstance(neck, tuple)
    hips = chain("", root, [(0.0, 0.0, 0.0)] * len(root))
    chain(hips, spine, [(0, 9, 0)] * len(spine))
    chain(str(names["chest"]), (*neck, str(names["head"])), [(0, 14, 0)] * (len(neck) + 1))
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        arm, leg = (
            [str(n).format(side=side, l=side[0].lower()) for n in names[part]]  # type: ignore[attr-defined]
            for part in ("arm", "leg")
        )
        steps = [(3 * sign, 8, 0), (16 * sign, 0, 0), (29 * sign, 0, 0), (25 * sign, 0, 0)]
        chain(str(names["chest"]), arm, steps)
        foot = [(0, -6, 6), (0, 0, 8)] if len(leg) == 5 else [(0, -6, 13)]
        chain(hips, leg, [(9 * sign, -6, 0), (0, -42, 0), (0, -42, 0), *foot][: len(leg)])
    return found


def _tree(joints: list[_Joint], parent: str, depth: int) -> list[str]:
    lines = []
    for name, above, (x, y, z) in joints:
        if above != parent:
            continue
        pad = "\t" * depth
        places = "6 Xposition Yposition Zposition" if not parent else "3"
        lines += [f"{pad}{'JOINT' if parent else 'ROOT'} {name}", f"{pad}{{"]
        lines += [f"{pad}\tOFFSET {x} {y} {z}"]
        lines += [f"{pad}\tCHANNELS {places} Zrotation Xrotation Yrotation"]
        below = _tree(joints, name, depth + 1)
        end = [f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET 0 0 8", f"{pad}\t}}"]
        lines += [*(below or end), f"{pad}}}"]
    return lines


def write_voice(path: Path, seconds: float) -> None:
    """Syllables of a hum, four a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    loud = 0.3 * np.maximum(np.sin(2 * np.pi * 2.0 * times), 0.0)
    voice = sum(np.sin(2 * np.pi * 120.0 * n * times) / n for n in (1, 2, 3, 4))
    write_wav(path, (loud * voice / 2).astype(np.float32)[:, None], RATE_HZ)


def write_beat(folder: Path, seconds: float = 2.0, takes: int = 3) -> Path:
    """Takes of one speaker with words, phones and face; one of another without."""
    channels = [name for name in ARKIT_52 if name != "tongueOut"]
    for name in [f"1_wayne_0_{n}_{n}" for n in range(1, takes + 1)] + ["2_scott_0_1_1"]:
        base = folder / name.partition("_")[0] / name
        write_body(base.with_suffix(".bvh"), 120.0, seconds, _BEAT)
        write_voice(base.with_suffix(".wav"), seconds)
        if "wayne" in name:
            base.with_suffix(".TextGrid").write_text(GRID)
            frames = [
                {"weights": [0.25] * len(channels), "time": n / 60, "rotation": []}
                for n in range(round(60 * seconds))
            ]
            document = {"names": channels, "frames": frames}
            base.with_suffix(".json").write_text(json.dumps(document))
    return folder


def write_trinity(folder: Path, seconds: float = 2.0, challenge: bool = True) -> Path:
    """Three takes, as the challenge or as the data set's own site names them."""
    for number in (1, 2, 3):
        motion = f"Recording_00{number}" if challenge else f"NaturalTalking_00{number}"
        sound = motion if challenge else f"NaturalTalking_0{number}"
        write_body(folder / "Motion" / f"{motion}.bvh", 60.0, seconds, _USUAL)
        write_voice(folder / "Audio" / f"{sound}.wav", seconds)
        if challenge:
            words = [{"start_time": "0.500s", "end_time": "0.900s", "word": "hello"}]
            pieces = [{"alternatives": [{"transcript": "hello", "words": words}]}]
            path = folder / "Transcripts" / f"{motion}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(pieces))
    return folder


def write_twh(folder: Path, seconds: float = 2.0, year: int = 2023) -> Path:
    """Two takes to train on and one held out, as the challenges of 2022 and 2023 have them."""
    for split, number in (("trn", 0), ("trn", 1), ("val", 0)):
        who = "main-agent" if year == 2023 else ""
        stem = f"{split}_{year}_v{0 if who else 1}_00{number}" + (f"_{who}" if who else "")
        base = folder / split / who
        write_body(base / "bvh" / f"{stem}.bvh", 30.0, seconds, _TWH)
        write_voice(base / "wav" / f"{stem}.wav", seconds)
        (base / "tsv").mkdir(exist_ok=True)
        (base / "tsv" / f"{stem}.tsv").write_text("0.5\t0.9\thello\n1.0\t1.4\tyou\n")
    table = folder / "trn" / f"trn_{year}_metadata.csv"
    table.write_text(f"{_stem(year, 0)},nofinger,2\n{_stem(year, 1)},finger,7\n")
    return folder


def _stem(year: int, number: int) -> str:
    return f"trn_2023_v0_00{number}_main-agent" if year == 2023 else f"trn_2022_v1_00{number}"


def write_twh_original(folder: Path, seconds: float = 2.0) -> Path:
    """One take of two people, as the data set was first published."""
    take = folder / "mocap_data" / "session1" / "take6"
    for actor in ("deep2", "deep5"):
        write_body(take / f"take6_noFingers_{actor}_scale_local.bvh", 90.0, seconds, _TWH)
        sounds = folder / "audio_data" / "session1"
        write_voice(sounds / f"take6_{actor}_audio.wav", seconds)
    return folder
