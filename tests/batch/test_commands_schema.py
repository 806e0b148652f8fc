"""What a jobs file may say follows from the real commands, and is read back by them."""

from __future__ import annotations

import argparse
import tomllib

import pytest

pytest.importorskip("bpy")

from blender_addon import cli
from blender_addon.cli.batch.example import example_json, example_toml
from blender_addon.cli.commands import parsers
from blender_addon.core.batch.jobs_file import read_jobs
from blender_addon.core.batch.problems import JobsFileError
from blender_addon.core.batch.samples import sample_of
from blender_addon.core.batch.schema import OF_FILES, step_schema
from tests.batch.jobs_samples import make_files

pytestmark = pytest.mark.blender
PARSERS = parsers()
SCHEMAS = {name: step_schema(name, parser) for name, parser in PARSERS.items()}
OPTIONS = [(name, option) for name, schema in SCHEMAS.items() for option in schema.keys.values()]


def folder_for(text: str, folder):
    """The files that an example names."""
    for each in tomllib.loads(text)["job"]:
        make_files(folder, each["blend"])
    make_files(folder, "sound/010.wav", "sound/channels.json", "film/010.mp4")


def read(folder, text, name="jobs.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    return read_jobs(folder / name, PARSERS)


def problems_of(folder, text):
    try:
        read(folder, text)
    except JobsFileError as error:
        return error.problems
    return ()


def test_every_option_is_a_key():
    for name, parser in PARSERS.items():
        switches = {each for action in parser._actions for each in action.option_strings}
        keys = {each.lstrip("-").removeprefix("no-").replace("-", "_") for each in switches}
        assert set(SCHEMAS[name].options) == keys - OF_FILES - {"h"}


@pytest.mark.parametrize(
    ("command", "option"), OPTIONS, ids=lambda each: getattr(each, "key", each)
)
def test_each_option_reads_back_what_its_key_says(command, option):
    """At the option's own parser, alone: what is required besides is given as it is."""
    parser, schema = PARSERS[command], SCHEMAS[command]
    needed = [each for each in schema.keys.values() if each.action.required and each != option]
    before = [text for each in needed for text in each.arguments(sample_of(each))]
    value = sample_of(option)
    given = parser.parse_args([*before, *option.arguments(value)])
    if option.is_switch:
        other = parser.parse_args([*before, *option.arguments(not value)])
        assert {getattr(given, option.action.dest), getattr(other, option.action.dest)} == {
            True, False,
        }  # fmt: skip
        assert getattr(given, option.action.dest) == option.action.default
    elif option.action.default in (None, []):
        assert getattr(given, option.action.dest) != option.action.default


def test_settings_carry_their_range():
    declared = {(name, option.key) for name, option in OPTIONS if option.declared is not None}
    assert {("walk", "speed"), ("speech", "strength"), ("gesture", "energy"), ("gaze", "seed"),
            ("perform", "seed"), ("character", "age")} <= declared  # fmt: skip


def test_the_example_covers_every_key_and_can_be_read(tmp_path):
    text = example_toml(PARSERS)
    folder_for(text, tmp_path)
    jobs = read(tmp_path, text)
    assert [each.command for each in jobs[0].steps] == ["speech", "gesture"]
    assert [each.steps[0].command for each in jobs[1:]] == list(PARSERS)
    for name, schema in SCHEMAS.items():
        part = text.partition(f"[job.{name}]\n")[2].partition("[[job]]")[0]
        for key in schema.keys:
            assert f"\n{key} = " in part or f"\n# {key} = " in part
    for each, parser in zip(jobs[1:], PARSERS.values(), strict=True):
        parser.parse_args(each.steps[0].arguments)


def test_what_the_example_comments_out_can_be_read_too(tmp_path):
    """All of it at once, but for what excludes something else: that, one after the other."""
    text = example_toml(PARSERS)
    folder_for(text, tmp_path)
    apart = {key for schema in SCHEMAS.values() for group in schema.excludes for key in group}
    keys = {key for schema in SCHEMAS.values() for key in schema.keys}
    lines = text.splitlines()
    commented = [n for n, line in enumerate(lines)
                 if line.startswith("# ") and line[2:].split(" = ")[0] in keys]  # fmt: skip
    assert len(commented) > 20
    whole = [line[2:] if n in commented and line[2:].split(" = ")[0] not in apart else line
             for n, line in enumerate(lines)]  # fmt: skip
    assert len(read(tmp_path, "\n".join(whole))) == len(PARSERS) + 1
    for number in (n for n in commented if lines[n][2:].split(" = ")[0] in apart):
        changed = [*lines[:number], lines[number][2:], *lines[number + 1 :]]
        problems = problems_of(tmp_path, "\n".join(changed))
        assert all("takes one of" in each.text for each in problems), lines[number]


def test_the_example_in_json_is_the_same(tmp_path, capsys):
    folder_for(example_toml(PARSERS), tmp_path)
    from_toml = read(tmp_path, example_toml(PARSERS))
    from_json = read(tmp_path, example_json(PARSERS), "jobs.json")
    assert [each.digest for each in from_toml] == [each.digest for each in from_json]
    assert cli.run(["jobs", "example", "--json"]) == 0
    assert capsys.readouterr().out == example_json(PARSERS) + "\n"


def test_a_strip_is_given_to_each_command_in_its_own_way(tmp_path):
    make_files(tmp_path, "a.blend")
    jobs = read(
        tmp_path,
        """
        format = 1
        [[job]]
        name = "a"
        blend = "a.blend"
        out = "b.blend"
        character = "Anna"
        sound = "strip:Voice.wav"
        do = ["speech", "gesture", { gaze = { target = "Ben" } }, "perform"]
        """,
    )
    found = {each.command: each.arguments for each in jobs[0].steps}
    assert "--strip=Voice.wav" in found["speech"]
    for command in ("gesture", "gaze", "perform"):
        assert "--sound=strip:Voice.wav" in found[command]
    for each in jobs[0].steps:
        assert isinstance(PARSERS[each.command].parse_args(each.arguments), argparse.Namespace)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("walk = { speed = -1 }", "walk: speed must be from 0"),
        ("walk = { path = 'P', target = 'T' }", 'walk takes one of "path", "target"'),
        ("walk = {}", 'walk needs "path" or "target" or "target_at" or "stand"'),
        ("walk = { turn_to = 1, turn_to_object = 'x' }", "takes one of"),
        ("speech = {}", 'speech needs "sound" or "strip"'),
        ("speech = { expression = { smile = 'x' } }", "expected NAME:WEIGHT"),
        ("gesture = {}", 'gesture needs "sound"'),
        ("gaze = {}", 'gaze needs "target"'),
        ("perform = {}", 'perform needs "sound" or "partner_sound"'),
        ("character = { age = 500 }", "age must be 11 to 80 years; found 500"),
        ("character = { shirt_colour = [2, 0, 0] }", "is no colour"),
        ("walk = { at = '3:foo=1' }", "expected M:NAME=VALUE"),
        ("gesture = { range = [1, 99999999] }", "expected first and last frame"),
        ("walk = { arrive = 1.5 }", "expected a frame"),
        ("walk = { blend_in = 61 }", "blend_in must be 0 to 60 s; found 61"),
        ("gesture = { tempo = 1 }", "tempo must be"),
    ],
)  # fmt: skip
def test_what_a_command_cannot_take_is_told(tmp_path, step, says):
    make_files(tmp_path, "a.blend")
    text = f"format = 1\n[[job]]\nname='a'\nblend='a.blend'\nout='b.blend'\ndo = [{{ {step} }}]"
    problems = problems_of(tmp_path, text)
    assert any(says in each.text and each.line == 6 for each in problems), problems
