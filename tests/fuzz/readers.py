"""Everything that reads what somebody else has written, each with valid inputs to begin from."""

from __future__ import annotations

import contextlib
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from blender_addon.core.bvh import read_bvh, write_bvh
from blender_addon.core.face.maps import MAPS_FOLDER, find_face_channels, load_face_map
from blender_addon.core.face.table import (
    check_preset_name,
    mapping_to_table,
    table_from_json,
    table_to_json,
    table_to_mapping,
)
from blender_addon.core.gaze.pipeline import GazePipeline
from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.model_file import inspect_model
from blender_addon.core.retarget.control_map import FAMILIES_FOLDER, load_control_family
from blender_addon.core.retarget.joint_map import map_from_json, map_to_json
from blender_addon.core.retarget.joint_names import load_joint_family
from blender_addon.core.sound.encoder import SpeechEncoder
from blender_addon.core.sound.waveform import WavSound
from blender_addon.core.speech.pipeline import SpeechFacePipeline
from blender_addon.core.walk.pipeline import LocomotionPipeline
from tests.fuzz.file_readers import file_readers
from tests.fuzz.mutations import ODD_TEXTS, mutate_bytes, mutate_json, mutate_text
from tests.fuzz.trying import Content, Reader, Rng
from tests.shared.core.motion_samples import stepping_clip
from tests.shared.core.sound_samples import FLOAT, PCM, sine, write_wav

MODELS = Path(__file__).resolve().parents[2] / "onnx_models"


def every_reader(folder: Path) -> dict[str, Reader]:
    """All readers that need no Blender; files are written into the folder."""
    return {
        "wav": _wav(folder), "bvh": _bvh(folder), "onnx": _onnx(), "contract": _contract(folder),
        **{f"settings of {task}": _settings(folder, task) for task in _PIPELINES},
        "channel table": _table(), "joint preset": _joints(), "preset name": _names(),
        "profile": _profile(),
        **file_readers(folder),
        "face map": _bundled(folder, MAPS_FOLDER, "face_*.json", _use_face_map, 0.05),
        "control map": _bundled(
            folder, FAMILIES_FOLDER, "controls_*.json", load_control_family, 0.04
        ),
        "joint names": _bundled(folder, FAMILIES_FOLDER, "joints_*.json", load_joint_family, 0.04),
    }  # fmt: skip


def _file(folder: Path, name: str, content: Content) -> Path:
    path = folder / name
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    path.write_bytes(content)  # type: ignore[arg-type]
    return path


def _wav(folder: Path) -> Reader:
    voice = sine(8_000, 0.05)
    both = np.stack((voice, voice), axis=1)
    samples = [
        write_wav(folder / "a.wav", *given).read_bytes()
        for given in ((voice, 8_000), (both, 48_000, FLOAT, 4), (voice, 44_100, PCM, 3))
    ]
    named = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    samples.append(write_wav(folder / "a.wav", both, 16_000, mask=3, extra=named).read_bytes())
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 800, 400, 0)
    samples.append(b"RF64" + samples[0][4:12] + ds64 + samples[0][12:])

    def read(content: bytes) -> object:
        sound = WavSound(_file(folder, "fuzz.wav", content))
        return [sound.read(start, 500) for start in (-100, 0, 300)], sound.warnings

    return Reader(lambda rng: mutate_bytes(rng, samples[rng.integers(len(samples))]), read, 0.2)


def _bvh(folder: Path) -> Reader:
    path = folder / "valid.bvh"
    write_bvh(path, stepping_clip(3))
    text = path.read_text("utf-8")
    return Reader(
        lambda rng: mutate_text(rng, text),
        lambda content: read_bvh(_file(folder, "fuzz.bvh", content)),
        0.12,
    )


def _onnx() -> Reader:
    from tests.shared.inference.conftest import make_toy_model

    data = make_toy_model().SerializeToString()
    return Reader(
        lambda rng: mutate_bytes(rng, data, len(data)),
        lambda content: inspect_model(content, "fuzz.onnx"),
        0.06,
    )


def _contracts() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in MODELS.glob("*.json")}


def _contract(folder: Path) -> Reader:
    known = list(_contracts().values())
    for each in known:
        each["settings"] = {}  # which has tries of its own
    return Reader(
        lambda rng: mutate_json(rng, known[rng.integers(len(known))]),
        lambda content: load_contract(_file(folder, "fuzz.json", content)),
        0.12,
    )


_PIPELINES: dict[str, Callable[[Any, dict[str, Any]], object]] = {
    "locomotion_biped": lambda contract, _: LocomotionPipeline(_runner(contract)).styles.captured(
        3
    ),
    "speech_encoder": lambda contract, _: SpeechEncoder(_runner(contract)).size,
    "speech_face": lambda contract, _: SpeechFacePipeline(_runner(contract)).styles,
    "gaze_behaviour": lambda contract, others: GazePipeline(
        _runner(contract), _runner(others["gaze_eye_head"])
    ),
    "gaze_eye_head": lambda contract, others: GazePipeline(
        _runner(others["gaze_behaviour"]), _runner(contract)
    ),
}


def _runner(contract: Any) -> Any:
    return SimpleNamespace(contract=contract)


def _settings(folder: Path, model: str) -> Reader:
    documents = _contracts()
    others = {name: load_contract(MODELS / f"{name}.json") for name in documents}
    document = documents[model]

    def make(rng: Rng) -> str:
        part = "settings" if document["settings"] and rng.random() < 0.8 else "inputs"
        rest = {**document, part: None}
        changed = mutate_json(rng, document[part])
        return json.dumps(rest).replace(f'"{part}": null', f'"{part}": {changed}')

    def read(content: str) -> object:
        return _PIPELINES[model](load_contract(_file(folder, "fuzz.json", content)), others)

    return Reader(make, read, 0.06)


def _table() -> Reader:
    shapes = [f"{name}.L" for name in ("eyeBlink", "mouthSmile")] + ["jawOpen", "aa", "oh"]
    document = json.loads(table_to_json(mapping_to_table(find_face_channels(shapes))))
    return Reader(
        lambda rng: mutate_json(rng, document),
        lambda content: table_to_mapping(table_from_json(content, "fuzz")),
        0.07,
    )


def _joints() -> Reader:
    document = json.loads(map_to_json({"Hips": "hips", "Spine": "spine", "Head": "head"}))
    return Reader(
        lambda rng: mutate_json(rng, document),
        lambda content: map_from_json(content, "fuzz"),
        0.06,
    )


def _names() -> Reader:
    return Reader(
        lambda rng: mutate_text(rng, str(rng.choice([*ODD_TEXTS, "My preset"]))),
        check_preset_name,
        0.02,
    )


def _profile() -> Reader:
    from blender_addon.blender.live.driven import parse_profile

    def read(content: str) -> object:
        return [(round(60 * seconds), x, y) for seconds, x, y in parse_profile(content)]

    texts = ("2:0:-1.3; 1:0:0", "0.5:1:1;", "nan:0:0", "1e400:0:0", "-1:0:0", "1:inf:0")
    return Reader(lambda rng: mutate_text(rng, str(rng.choice(texts))), read, 0.02)


def _bundled(
    folder: Path, place: Path, pattern: str, load: Callable[[Path], object], share: float
) -> Reader:
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(place.glob(pattern))]
    return Reader(
        lambda rng: mutate_json(rng, documents[rng.integers(len(documents))]),
        lambda content: load(_file(folder, "fuzz.json", content)),
        share,
    )


def _use_face_map(path: Path) -> object:
    return find_face_channels(["jawOpen", "aa", "Smile_L"], [load_face_map(path)])


def run_command(arguments: list[str]) -> int:
    """The command line's exit code; what it says is no matter here."""
    from blender_addon import cli

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = cli.run(arguments)
        except SystemExit as ended:  # the options are wrong, or help was asked for
            code = ended.code
    if code not in (0, 1, 2, 3) or "Traceback" in said.getvalue():
        raise AssertionError(f"code {code}: {said.getvalue()[-500:]}")
    return code
