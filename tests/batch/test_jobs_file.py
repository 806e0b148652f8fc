"""A jobs file is read as it is meant, or refused with everything that is wrong at once."""

from __future__ import annotations

import argparse
import json
import tomllib

import pytest

from blender_addon.core.batch.job import Step
from blender_addon.core.batch.jobs_file import read_jobs
from blender_addon.core.batch.problems import JobsFileError
from tests.batch.jobs_samples import HEAD, job, make_parsers, problems_in, read_text

TALK = """\
format = 1
[templates.talk]
character = "Anna"
seed = 3
overrides = { 'scenes["S"].frame_end' = 1, 'objects["A"].hide_render' = true }
do = [{ speech = { seed = 5 } }, { walk = { stand = 2, speed = 1.0 } }, "walk"]
walk = { legs = "fk" }
time_limit = 60
overwrite = true

[[job]]
name = "one"
template = "talk"
blend = "shots/1.blend"
out = "new/deep/1.blend"
sound = "sound/1.wav"
seed = 7
overrides = { 'scenes["S"].frame_end' = 2 }
overwrite = false
[job.walk]
path = ["Path"]
"""


def test_a_job_says_more_than_its_template(tmp_path):
    (job_read,) = read_text(tmp_path, TALK)
    sound = str((tmp_path / "sound/1.wav").resolve())
    assert job_read.steps == (
        Step("speech", ("--character=Anna", f"--sound={sound}", "--seed=7")),
        Step("walk", ("--character=Anna", "--path=Path", "--speed=1.0", "--legs=fk", "--seed=7")),
        Step("walk", ("--character=Anna", "--path=Path", "--legs=fk", "--seed=7")),
    )
    assert job_read.overrides == {'scenes["S"].frame_end': 2, 'objects["A"].hide_render': True}
    assert (job_read.time_limit_s, job_read.overwrite, job_read.line) == (60, False, 11)
    assert job_read.blend == (tmp_path / "shots/1.blend").resolve()
    assert job_read.out == (tmp_path / "new/deep/1.blend").resolve()


def test_json_says_the_same(tmp_path):
    (from_toml,) = read_text(tmp_path, TALK)
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps(tomllib.loads(TALK), indent=1))
    (from_json,) = read_jobs(path, make_parsers())
    assert from_json.digest == from_toml.digest


def arguments(folder, walk):
    text = HEAD + job(f'do = [{{ walk = {{ rig = "Anna", stand = 1, {walk} }} }}]')
    return read_text(folder, text)[0].steps[0].arguments[2:]


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("speed = 2", ["--speed=2"]),
        ("speed = -0.00000001", ["--speed=-1e-08"]),
        ('speed_at = "3:2.5"', ["--speed-at=3:2.5"]),
        ("speed_at = [3, 2.5]", ["--speed-at=3:2.5"]),
        ('speed_at = ["3:2.5", [-4, 1]]', ["--speed-at=3:2.5", "--speed-at=-4:1"]),
        ("limits = [-35, 25, -0.00000001]", ["--limits", "-35", "25", "-0.00000001000000000000"]),
        ('names = ["a", "b c"]', ["--names", "a", "b c"]),
        ("fingers = false", ["--no-fingers"]),
        ("fingers = true, mirror = false", []),
        ("mirror = true", ["--mirror"]),
        ("colour = [0.5, 1, 0]", ["--colour=0.5,1,0"]),
        ('style = { smile = 0.3, "a:b" = 1 }', ["--style=smile:0.3", "--style=a:b:1"]),
        ('style = ["smile:0.3", ["sad", 1]]', ["--style=smile:0.3", "--style=sad:1"]),
        ('style = ["smile", 0.3]', ["--style=smile:0.3"]),
        ("seed = 4.0", ["--seed=4"]),
        ('terrain = "-x=\\" --y"', ['--terrain=-x=" --y']),
        ('terrain = ""', ["--terrain="]),
    ],
)
def test_each_kind_of_option_has_its_form(tmp_path, written, given):
    """And argparse reads it back without a complaint."""
    found = list(arguments(tmp_path, written))
    assert found == given
    make_parsers()["walk"].parse_args(["--rig=Anna", *found])


def test_what_is_read_is_what_the_command_line_would_say(tmp_path):
    written = 'speed_at = [[3, 2.5]], limits = [-35, 2, 1], terrain = "-x", fingers = false'
    by_hand = (
        "--rig Anna --stand 1 --speed-at 3:2.5 --limits -35 2 1 --terrain=-x --no-fingers".split()
    )
    walk = make_parsers()["walk"]
    found = ["--rig=Anna", "--stand=1", *arguments(tmp_path, written)]
    assert walk.parse_args(found) == walk.parse_args(by_hand)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("speeed = 1", 'walk has no key "speeed". Did you mean "speed"?'),
        ("speed = true", "walk: speed is true. Give a number"),
        ('speed = "1"', 'walk: speed is the text "1". Give a number'),
        ("speed = 1979-05-27", "walk: speed is a date or time. Give a number"),
        ("speed = {}", "walk: speed is an empty table. Give a number"),
        ("seed = 1.5", "walk: seed is the number 1.5. Give a whole number"),
        ("seed = -1", "walk: seed must be from 0; found -1. Give a number within"),
        ('legs = "ikk"', 'walk: legs is "ikk". Did you mean "ik"? Give one of "ik", "fk"'),
        ("fingers = 0", "walk: fingers is the number 0. Give true or false"),
        ("speed_at = [1, 2, 3]", "walk: speed_at: expected two numbers; found '1'. Correct it"),
        ("speed_at = []", "walk: speed_at is an empty list"),
        ("speed_at = [[1, true]]", "walk: speed_at holds a list. Give a text such as"),
        ("limits = [1, 2]", "walk: limits is a list. Give a list of 3: SIDE, UP, DOWN"),
        ('names = ["-a", "b"]', 'walk: names cannot take "-a", which begins with a dash'),
        ('terrain = "--"', 'walk: terrain is "--", which the command line cannot take'),
        ("terrain = [1]", "walk: terrain is a list. Give a text"),
        ('character = "Ben"', '"character" and "rig" are the same. Give one'),
        ('out = "x"', 'walk has no key "out"'),
        ('path = "Path"', 'walk takes one of "path", "stand". Give one only'),
    ],
)
def test_a_value_that_does_not_fit_is_told(tmp_path, written, says):
    text = HEAD + job(f'do = [{{ walk = {{ rig = "Anna", stand = 1, {written} }} }}]')
    (problem,) = problems_in(tmp_path, text)
    assert problem.startswith("line 6: ")
    assert says in problem


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "format is missing"),
        ("format = 2\n" + job(), 1, "format is the number 2. Write format = 1"),
        ("format = true\n" + job(), 1, "format is true"),
        (HEAD, 1, "there are no jobs"),
        (HEAD + "job = 1", 2, "job is the number 1"),
        (HEAD + "job = [1]", 2, "a job is the number 1. Give a table"),
        (HEAD + "jobs = 1\n" + job(), 2, 'the key "jobs" is not known. Did you mean "job"?'),
        (HEAD + "templates = 1\n" + job(), 2, "templates is the number 1"),
        (HEAD + "[templates]\na = 1\n" + job(), 3, 'the template "a" is the number 1'),
        (HEAD + "[templates.a]\nout = 'x.blend'\n" + job(), 3, 'the key "out" is not known'),
        (HEAD + "[templates.a]\ndo = ['wlk']\n" + job(), 3, 'no step "wlk". Did you mean "walk"'),
        (HEAD + "[templates.a]\nwalk = { x = 1 }\ndo = ['walk']\n" + job(), 3, 'no key "x"'),
        (HEAD + job(name=""), 2, "the job has no name"),
        (HEAD + job(name="'a b'"), 3, 'name is the text "a b"'),
        (HEAD + job(name="'../a'"), 3, "name is the text"),
        (HEAD + job(name="'a.'"), 3, "name is the text"),
        (HEAD + job(name="'Con.1'"), 3, "a device's name"),
        (HEAD + job(name="1"), 3, "name is the number 1"),
        (HEAD + job() + job(out="'b.blend'", name="'A'"), 8, "that of the job in line 3, too"),
        (HEAD + job() + job(name="'b'"), 10, "out is the same file as in line 5"),
        (HEAD + job() + job(name="'b'", out="'OUT/A.blend'"), 10, "the same file as in line 5"),
        (HEAD + job() + job(name="'b'", out="'x/../out/a.blend'"), 10, "the same file"),
        (HEAD + job(template="'x'"), 6, 'there is no template that is the text "x"'),
        (HEAD + job(blend=""), 2, "the job has no blend"),
        (HEAD + job(blend="'shots/3.blend'"), 4, 'the file "shots/3.blend" does not exist'),
        (HEAD + job(blend="'shots'"), 4, "is a folder"),
        (HEAD + job(blend="'sound/1.wav'"), 4, "is no Blender file"),
        (HEAD + job(blend="'shots\\1.blend'"), 4, "Write / between folders"),
        (HEAD + job(blend="1"), 4, "blend is the number 1. Give a file's path"),
        (HEAD + job(out=""), 2, "the job has no out"),
        (HEAD + job(out="'a.txt'"), 5, "does not end in .blend"),
        (HEAD + job(out="'aux.blend'"), 5, "a device's name"),
        (HEAD + job(out="'shots/2.blend'") + job(name="'b'", blend="'shots/2.blend'",
            out="'b.blend'"), 5, "out is the file that is opened in line 9"),
        (HEAD + job(out="'shots/1.blend'"), 5, "which is never written"),
        (HEAD + job(out="'sound/1.wav/x.blend'"), 5, "a file has its name"),
        (HEAD + job(out="'jobs.toml.state/x.blend'"), 5, "the batch keeps its own files"),
        (HEAD + job(time_limit="0"), 6, "time_limit is the number 0. Give seconds"),
        (HEAD + job(time_limit="'1'"), 6, "time_limit is the text"),
        (HEAD + job(overwrite="1"), 6, "overwrite is the number 1. Give true or false"),
        (HEAD + job(overrides="1"), 6, "overrides is the number 1"),
        (HEAD + job(overrides="{ x = 1 }"), 6, 'overrides: "x" is no path to a value'),
        (HEAD + job(overrides="{ 'objects[\"A\"].x' = {} }"), 6, "the value is an empty table"),
        (HEAD + job(overrides="{ 'objects[\"A\"].x' = ['a'] }"), 6, "the value is a list"),
        (HEAD + job(terrain="'x'", sound="'strip:x'"), 7, 'no step of this job has the key "so'),
        (HEAD + job(speech="{ seed = 1 }"), 6, "these settings of speech belong to no step"),
        (HEAD + job(speech="1"), 6, "speech is the number 1. Give a table"),
        (HEAD + job(""), 2, "the job says nothing to do"),
        (HEAD + job("do = []"), 6, "do is an empty list"),
        (HEAD + job("do = [1]"), 6, "a step is the number 1. Give one command"),
        (HEAD + job("do = [{ walk = {}, speech = {} }]"), 6, 'a step is "walk", "speech"'),
        (HEAD + job("do = [{ walk = 1 }]"), 6, "walk is the number 1. Give a table"),
        (HEAD + job("do = [\n{ walk = { stand = 1 } }]"), 7, 'walk needs "character"'),
        (HEAD + job("do = [{ walk = { rig = 'x' } }]"), 6, 'walk needs "path" or "stand"'),
        (HEAD + "[templates.t]\ndo = ['walk']\ncharacter = 'A'\n" + job("", template="'t'"), 5,
            'walk needs "path" or "stand"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, line, says):
    found = problems_in(tmp_path, text, state=tmp_path / "jobs.toml.state")
    assert any(each.startswith(f"line {line}: ") and says in each for each in found), found


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    text = (
        HEAD
        + job("do = [{ walk = { speed = 'x', legs = 1 } }]", blend="'no.blend'", out="'no'")
        + job("do = ['speach']", name="1")
    )
    found = problems_in(tmp_path, text)
    lines = [int(each.split(":")[0].removeprefix("line ")) for each in found]
    assert lines == [4, 5, 6, 6, 6, 6, 8, 11]
    assert any("speed is the text" in each for each in found)
    assert any('Did you mean "speech"' in each for each in found)


def speak(folder, keys, shared=""):
    text = HEAD + job(f"{shared}\ndo = [{{ speech = {{ character = 'A', {keys} }} }}]")
    return read_text(folder, text)[0].steps[0].arguments[1:]


def test_a_sound_is_a_file_or_a_strip(tmp_path):
    sound = (tmp_path / "sound/1.wav").resolve()
    assert speak(tmp_path, 'sound = "sound/1.wav"') == (f"--sound={sound}",)
    assert speak(tmp_path, 'sound = "strip:My voice.wav"') == ("--strip=My voice.wav",)
    assert speak(tmp_path, 'sound = "Voice"') == ("--strip=Voice",)
    assert speak(tmp_path, 'strip = "V"', 'sound = "sound/1.wav"') == ("--strip=V",)
    assert speak(tmp_path, 'strip = "V"') == ("--strip=V",)
    for sound, says in (
        ("sound/2.wav", 'the file "sound/2.wav" does not exist'),
        ("voice.wav", 'A strip of that name is written "strip:voice.wav"'),
        ("strip:", "names no strip"),
        ("../1.wav", "leads out of the jobs file's folder"),
    ):
        text = HEAD + job(f"do = [{{ speech = {{ character = 'A', sound = '{sound}' }} }}]")
        (problem,) = problems_in(tmp_path, text)
        assert says in problem


@pytest.mark.parametrize("name", ["Voice", "/etc/voice.wav", "../voice.wav", "//host/voice.wav"])
def test_a_strip_never_becomes_a_file_that_nobody_checked(tmp_path, name):
    said = name if name.isalpha() else f"strip:{name}"
    text = HEAD + job(f"do = [{{ gaze = {{ sound = '{said}', partner_sound = '{said}' }} }}]")
    gaze = argparse.ArgumentParser()
    gaze.add_argument("--sound")
    gaze.add_argument("--partner-sound")
    (found,) = read_text(tmp_path, text, {"gaze": gaze})
    marked = f"strip:{name}"
    assert found.steps[0].arguments == (f"--sound={marked}", f"--partner-sound={marked}")


def test_a_file_that_an_option_names_is_looked_for(tmp_path):
    channels = (tmp_path / "sound/1.wav").resolve()
    found = speak(tmp_path, "strip = 'V', channels = 'sound/1.wav'")
    assert found == ("--strip=V", f"--channels={channels}")
    text = HEAD + job("do = [{ speech = { character = 'A', strip = 'V', channels = 'x.json' } }]")
    assert problems_in(tmp_path, text) == [
        'line 6: speech: the file "x.json" does not exist. Correct it, or bring the file'
    ]


def test_files_must_be_there_of_the_jobs_to_be_done_alone(tmp_path):
    steps = "do = [{ speech = { character = 'A', sound = 'sound/2.wav' } }]"
    gone = job(steps, name='"b"', blend='"shots/9.blend"', out='"out/b.blend"')
    text = HEAD + job() + gone
    assert len(problems_in(tmp_path, text)) == 2
    assert len(problems_in(tmp_path, text, only=["b"])) == 2
    one, two = read_text(tmp_path, text, only=["a"])
    assert (one, two) == read_text(tmp_path, text, only=[])
    sound = tmp_path.resolve() / "sound/2.wav"
    assert two.steps[0].arguments == ("--character=A", f"--sound={sound}")
    (problem,) = problems_in(tmp_path, text.replace("shots/9", "../9"), only=["a"])
    assert "leads out of the jobs file's folder" in problem


def test_a_missing_root_is_told(tmp_path):
    (problem,) = problems_in(tmp_path, HEAD + job(), roots=[tmp_path / "nowhere"])
    assert "is no folder. Give one that exists" in problem


def test_nothing_but_the_first_hundred_problems_is_shown(tmp_path):
    text = HEAD + "".join(job(name=f"'j {number}'") for number in range(150))
    with pytest.raises(JobsFileError) as caught:
        read_text(tmp_path, text)
    assert len(caught.value.problems) > 150
    shown = str(caught.value).splitlines()
    assert len(shown) == 101
    assert shown[-1] == f"and {len(caught.value.problems) - 100} more problems"
