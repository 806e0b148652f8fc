"""TOML and JSON with the line of every key, whatever somebody has written."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.batch.document import MAX_BYTES, parse_document, read_document
from blender_addon.core.batch.json_lines import json_lines
from blender_addon.core.batch.problems import JobsFileError
from blender_addon.core.batch.toml_lines import MAX_DEPTH, toml_lines
from blender_addon.core.batch.toml_text import toml_comment, toml_key, toml_value

TOML = (
    """\
# a comment with [brackets] and "quotes
format = 1
title = "one \\" [x] # no comment"
'quo ted'.part . "d\\u00e9" = 'it''' not
""".replace("'it''' not", "'it'")
    + '''
text = """
first = 1
[no.table] ""not the end""
"""
literal = \'\'\'
job = 3 \'\'
\'\'\'
when = 1979-05-27 07:32:00
list = [
  1, # one ]
  [2, 3],
  { a = 1, b.c = "}" },
]

[templates.talk]
do = [{ walk = { speed = 1.0 } }]

[[job]]
name = "a"
[job.walk]
speed = 2
[[job]]
name = "b"
  [[job.inner]]
  x = 1
  [[job.inner]]
  x = 2
[job.walk]
at = ["1:2",
  "3:4"]
'''
)
LINES = {
    ("format",): 2, ("title",): 3, ("quo ted", "part", "dé"): 4, ("text",): 6, ("literal",): 10,
    ("when",): 13, ("list",): 14, ("list", 0): 15, ("list", 1): 16, ("list", 1, 1): 16,
    ("list", 2): 17, ("list", 2, "a"): 17, ("list", 2, "b", "c"): 17, ("templates",): 20,
    ("templates", "talk", "do", 0, "walk", "speed"): 21, ("job",): 23, ("job", 0): 23,
    ("job", 0, "name"): 24, ("job", 0, "walk"): 25, ("job", 0, "walk", "speed"): 26,
    ("job", 1, "name"): 28, ("job", 1, "inner", 1, "x"): 32, ("job", 1, "walk", "at"): 34,
    ("job", 1, "walk", "at", 1): 35,
}  # fmt: skip


def paths_in(value, path=()):
    """Every key and every number of a list within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from paths_in(each, (*path, key))


def test_each_key_of_toml_has_its_line():
    lines = toml_lines(TOML)
    assert {path: lines[path] for path in LINES} == LINES
    assert set(lines) == set(paths_in(tomllib.loads(TOML)))


def test_each_key_of_json_has_its_line():
    text = json.dumps({"a": [1, {"b": "x\n: {"}], "c": {"d": [], 'e"]': [[2]]}}, indent=1)
    lines = json_lines(text)
    assert set(lines) == set(paths_in(json.loads(text)))
    assert lines["a", 1, "b"] == 5
    assert lines["c", 'e"]', 0, 0] == 12


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
PLAIN = st.one_of(
    NAMES, st.integers(-(2**63), 2**63 - 1), st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)  # fmt: skip
TABLES = st.dictionaries(NAMES, VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(TABLES, st.lists(TABLES, max_size=3), st.data())
def test_the_lines_of_any_toml_are_those_of_its_keys(top, jobs, data):
    parts = [f"{toml_key(key)} = {toml_value(value)}" for key, value in top.items()]
    jobs = [] if "job" in top else jobs
    expected = {("job", number): None for number in range(len(jobs))}
    for number, job in enumerate(jobs):
        parts.append(data.draw(st.sampled_from(["", "# x [[y]]", "\n"])))
        expected["job", number] = "\n".join(parts).count("\n") + 2
        parts.append("[[ job ]]  # one")
        parts.extend(f"{toml_key(key)}={toml_value(value)}" for key, value in job.items())
    text = "\n".join(parts)
    values = tomllib.loads(text)
    assert values == {**top, **({"job": jobs} if jobs else {})}
    lines = toml_lines(text)
    assert set(lines) == set(paths_in(values))
    assert {path: lines[path] for path in expected} == expected


@settings(max_examples=100, deadline=None)
@given(TABLES, st.sampled_from([None, 2]))
def test_the_lines_of_any_json_are_those_of_its_keys(top, indent):
    text = json.dumps(top, indent=indent, ensure_ascii=False)
    lines = json_lines(text)
    assert set(lines) == set(paths_in(top))
    if indent and top:
        last = list(top)[-1]
        written = text[: text.rindex(f"\n  {json.dumps(last, ensure_ascii=False)}: ")]
        assert lines[last,] == written.count("\n") + 2


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.integers(0, len(TOML)), st.integers(0, 30), st.booleans())
def test_mangled_text_is_read_or_refused(noise, at, cut, is_json):
    text = json.dumps(tomllib.loads(TOML.replace("when", "#"))) if is_json else TOML
    mangled = (text[:at] + noise + text[at + cut :]).encode("utf-8", "surrogatepass")
    try:
        document = parse_document(mangled, is_json=is_json)
    except JobsFileError:
        return
    assert set(document.lines) >= set(paths_in(document.values))


def test_comments_cannot_be_broken_out_of():
    assert toml_comment('a\nformat = 2\r\u2028x = "\x00') == '# a\n# format = 2\n#\n# x = "'


def refusal(content, *, is_json=False):
    with pytest.raises(JobsFileError) as caught:
        parse_document(content, is_json=is_json)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a = 1\nb = \xff", "line 2: this is no text in UTF-8"),
        ("a = 1".encode("utf-16"), "saved as UTF-16"),
        (b"a = 1\n\nb = ", "line 3: this is no TOML: Invalid value"),
        (b"a = 1\na = 2", "line 2: this is no TOML: Cannot overwrite a value"),
        (b"a = { b = 1,\n c = 2 }", "a table in braces, { }, stands on one line"),
        (b"x = 1\na = [[1, nan], 1]", "line 2: this is no finite number"),
        (b"a = 1\nb = 0x" + b"f" * 6000, "line 2: this number is too large"),
        (b"b = 1" + b"0" * 6000, "too many digits"),
        (b'a = "\\u0000"', "line 1: this text holds a NUL"),
        (b"a = 1\nb = " + b"[" * 50 + b"]" * 50, f"line 2: this is nested more than {MAX_DEPTH}"),
        (b"a = " + b"[" * 100_000, "nested more than"),
        (b"a" + b".a" * 100_000 + b" = 1", "nested more than"),
        (b"[a" + b".a" * 100_000 + b"]", "nested more than"),
        (b"#" * (MAX_BYTES + 1), "larger than 8 MB"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_toml_has_a_line(content, says):
    assert says in refusal(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a": 1,\n "a": 2}', 'line 2: "a" is given twice'),
        (b'{"a": 1,\n "b": NaN}', "line 2: this is no finite number"),
        (b'{"a":\n -Infinity}', "line 1: this is no finite number"),
        (b'{"a": 1e999}', "this is no finite number"),
        (b'{"a": 1\n "b": 2}', "line 2: this is no JSON: Expecting ',' delimiter"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b"[1]", "expected a table"),
        (b"", "this is no JSON"),
        (b'{"a": ' * 200_000, "nested more than"),
        (b'{"a": 1' + b"0" * 6000 + b"}", "too many digits"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_json_has_a_line(content, says):
    assert says in refusal(content, is_json=True)


def test_a_byte_order_mark_and_windows_line_ends_are_no_harm():
    document = parse_document(b"\xef\xbb\xbfa = 1\r\nb = '''\r\nx'''\r\nc = 2\r\n")
    assert document.values == {"a": 1, "b": "x", "c": 2}
    assert document.line(("c",)) == 4


def test_an_unknown_path_has_the_line_of_what_is_around_it():
    document = parse_document(b"a = 1\n[[job]]\nname = 1\n")
    assert document.line(("job", 0, "walk", "speed")) == 2


@pytest.mark.parametrize(
    "name", ["jobs.txt", "missing.toml", "folder.toml", "long" * 100 + ".toml"]
)
def test_a_file_that_is_none_is_refused(tmp_path, name):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "jobs.txt").write_text("format = 1")
    with pytest.raises(JobsFileError) as caught:
        read_document(tmp_path / name)
    assert caught.value.problems[0].line == 0
