"""The job type for Flamenco, run against a stub of what Flamenco documents."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

quickjs = pytest.importorskip("quickjs", reason="quickjs is not installed here")

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "backend" / "farm" / "flamenco" / "neural_motion_batch.js"
STUB = Path(__file__).with_name("flamenco_stub.js")
TYPES = {"string": str, "int32": int, "bool": bool, "float": float}
KEYS = {
    "key", "type", "subtype", "choices", "propargs", "description", "label", "default", "eval",
    "evalInfo", "visible", "required", "editable",
}  # fmt: skip


@pytest.fixture
def flamenco() -> Any:
    """An engine with the stub and the script in it; strict, as Flamenco compiles scripts."""
    context = quickjs.Context()
    context.set_memory_limit(50_000_000)
    context.eval(STUB.read_text("utf-8"))
    context.eval('"use strict";\n' + SCRIPT.read_text("utf-8"))
    return context


def settings_of(flamenco: Any) -> list[dict[str, Any]]:
    return json.loads(flamenco.eval("JSON.stringify(JOB_TYPE.settings)"))


def compiled(flamenco: Any, **chosen: Any) -> list[dict[str, Any]]:
    usual = {each["key"]: each["default"] for each in settings_of(flamenco) if "default" in each}
    settings = {**usual, "jobs_file": "/farm/jobs.toml", **chosen}
    return json.loads(flamenco.eval("compiled")(json.dumps(settings)))


def test_settings_are_as_flamenco_knows_them(flamenco: Any) -> None:
    settings = settings_of(flamenco)
    assert flamenco.eval("JOB_TYPE.label") == "Neural Motion Batch"
    assert flamenco.eval("typeof JOB_TYPE.description") == "string"
    assert len({each["key"] for each in settings}) == len(settings)
    for each in settings:
        assert set(each) <= KEYS
        assert isinstance(each.get("default", TYPES[each["type"]]()), TYPES[each["type"]])
        assert each.get("visible", "visible") in ("visible", "hidden", "submission", "web")
        assert each.get("subtype", "file_path") in ("file_path", "dir_path", "hashed_file_path")
        assert each["description"]


def test_each_shot_is_a_task_after_a_check_of_the_file(flamenco: Any) -> None:
    check, *shots = compiled(flamenco, names='["shot_010", "shot_020"]')
    assert [(each["name"], each["type"]) for each in shots] == [
        ("shot_010", "blender"), ("shot_020", "blender"),
    ]  # fmt: skip
    assert all(each["dependencies"] == [check["name"]] for each in shots)
    blender = ["-b", "--disable-autoexec", "--command", "neural_motion", "run", "/farm/jobs.toml"]
    work = ["--resume", "--accept-warnings"]
    assert check["commands"] == [
        {
            "name": "exec",
            "parameters": {
                "exe": "{blender}",
                "args": [*blender, "--dry-run", *work, *of("shot_010"), *of("shot_020")],
            },
        }
    ]
    (command,) = shots[1]["commands"]
    assert command["parameters"]["args"] == [*blender, *work, *of("shot_020")]


def of(name: str) -> list[str]:
    return ["--only", name]


def test_every_setting_comes_through(flamenco: Any) -> None:
    _, task, rest = compiled(
        flamenco, names="a, b\n c", overwrite=True, chunk_size=2, time_limit=600, root="/sounds",
        state="/state", blender="/opt/blender", warnings_fail=True,
    )  # fmt: skip
    assert (task["name"], rest["name"]) == ("a to b", "c")
    parameters = task["commands"][0]["parameters"]
    assert parameters["exe"] == "/opt/blender"
    assert parameters["args"][6:] == [
        "--root", "/sounds", "--state", "/state", "--resume", "--overwrite", "--time-limit", "600",
        "--only", "a", "--only", "b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "message"),
    [("", "Names is empty"), ("[]", "Names is empty"), ("[3]", "Names has 3"), ("-b", "option")],
)
def test_bad_names_are_refused(flamenco: Any, names: str, message: str) -> None:
    with pytest.raises(quickjs.JSException, match=message):
        compiled(flamenco, names=names)


@pytest.mark.parametrize("suffix", ["toml", "json", "JSON"])
def test_the_submitter_fills_in_all_names(flamenco: Any, tmp_path: Path, suffix: str) -> None:
    texts = {"toml": '[[job]]\nname = "a"\n[[job]]\nname = "b"\n'}
    file = tmp_path / f"jobs.{suffix}"
    file.write_text(texts.get(suffix, '{"job": [{"name": "a"}, {"name": "b"}]}'), "utf-8")
    (names,) = [each["eval"] for each in settings_of(flamenco) if each["key"] == "names"]
    # As Flamenco's add-on evaluates it, with the names that its documentation lists.
    known = {"settings": SimpleNamespace(jobs_file=str(file)), "abspath": Path, "Path": Path}
    assert json.loads(eval(names, {}, known)) == ["a", "b"]


def test_the_command_knows_every_option_that_it_is_given(flamenco: Any) -> None:
    pytest.importorskip("bpy")
    from blender_addon.cli import parser

    chosen = {"root": "/r", "state": "/s", "time_limit": 60, "overwrite": True}
    for task in compiled(flamenco, names="a b", **chosen):
        words = task["commands"][0]["parameters"]["args"]
        known = parser().parse_args(words[words.index("neural_motion") + 1 :])
        assert str(known.jobs_file) == "/farm/jobs.toml"
        assert known.accept_warnings
