"""``prepare`` and ``evaluate editing``: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import json
import logging
import sys
import types
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from backend.editing import evaluation as parts
from backend.editing.evaluate import command as evaluate
from backend.editing.evaluate import finite
from backend.editing.evaluation import Evaluation, Unmeasured, measures
from backend.editing.prepare import command as prepare
from backend.editing.report import print_results
from backend.mocap.corpora.fetch import ARCHIVES, fetch_corpus
from backend.mocap.fetch_file import DownloadError, FetchLimits
from backend.mocap.recordings import load_recordings
from blender_addon.core.errors import InputError
from tests.editing.data.corpus_samples import walk, write_clip, write_cmu, write_style
from tests.shared.backend.file_server import FileServer, serve_files

ROWS = [{"gap": 5, "after": 1, "label": "all", "cm": np.float32(0.5), "npss": np.nan}]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Two takes of ours, one held out, as prepare writes them."""
    mocap = tmp_path / "mocap" / "cmu"
    for name in ("one", "two"):
        write_clip(mocap / f"{name}.bvh", walk(60.0), 1.0)
    (mocap / "clips.csv").write_text(
        "clip,source,label,split,description\none,cmu,walk,train,walk\ntwo,cmu,walk,val,walk\n"
    )
    out = tmp_path / "out" / "recordings.npz"
    done = run(prepare, "--data", mocap.parent, "--out", out, "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "2 clips" in done.output and "CMU terms" in done.output
    return out


@pytest.fixture
def small_part(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A part that measures nothing but its own."""
    module = types.ModuleType("small_part")
    module.__dict__["measure_fill"] = lambda evaluation: [
        *ROWS, {"judged": [each.name for each in evaluation.val], "gap": 15}
    ]  # fmt: skip
    monkeypatch.setitem(sys.modules, "small_part", module)
    monkeypatch.setattr(parts, "PARTS", {"fill": "small_part"})
    return module


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


def test_prepare_writes_what_is_loaded_again(prepared: Path) -> None:
    train, val = (load_recordings(prepared, split) for split in ("train", "val"))
    assert [(each.name, each.label, each.folder) for each in train] == [("one", "walk", "cmu")]
    assert [each.name for each in val] == ["two"] and val[0].clip.frame_rate_hz == 30.0
    assert val[0].clip.frame_count == walk(30.0).frame_count


def test_prepare_at_another_rate(tmp_path: Path) -> None:
    write_style(tmp_path / "data", "Old", "FW")
    (tmp_path / "data" / "Frame_Cuts.csv").write_text("STYLE_NAME,FW_START,FW_STOP\nOld,0,90\n")
    out = tmp_path / "sixty.npz"
    done = run(prepare, "--data", tmp_path / "data", "--out", out, "--rate", 60, "--workers", 1)
    assert done.exit_code == 0 and "CC BY 4.0" in done.output
    (one,) = load_recordings(out)
    assert (one.clip.frame_rate_hz, one.clip.frame_count) == (60.0, 90)


def test_a_corpus_without_its_download_is_refused(tmp_path: Path) -> None:
    done = run(prepare, "--data", tmp_path, "--corpus", "100style")
    assert done.exit_code == 2 and "give both" in done.output
    done = run(prepare, "--data", tmp_path)
    assert isinstance(done.exception, InputError) and "holds none of" in str(done.exception)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    made = tmp_path / "made"
    write_cmu(made / "cmu-mocap-master" / "data", "07_01")
    (made / "cmu-mocap-master" / "cmu-mocap-index-text.txt").write_text("07_01\twalk\n")
    served = tmp_path / "served"
    served.mkdir()
    with zipfile.ZipFile(served / "master.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(made.rglob("*.*")):
            if path.is_file():
                archive.write(path, path.relative_to(made))
    with serve_files(served) as server:
        yield server


def test_a_corpus_is_fetched_once_with_its_terms(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive = replace(ARCHIVES["cmu_all"], url=f"{server.url}/master.zip")
    data = tmp_path / "data"
    limits = FetchLimits(attempts=2, first_wait_s=0.0, timeout_s=5.0)
    with caplog.at_level(logging.INFO):
        fetch_corpus(archive, data, limits)
        fetch_corpus(archive, data, limits)
    assert len(server.requests) == 1 and not (data / "cmu_all.zip").exists()
    assert "NSF EIA-0196217" in caplog.text
    assert "not to be resold" in (data / "cmu_all" / "README.txt").read_text("utf-8")
    done = run(prepare, "--data", data, "--out", tmp_path / "all.npz", "--workers", 1)
    assert done.exit_code == 0, done.output
    assert [each.label for each in load_recordings(tmp_path / "all.npz")] == ["walk"]


def test_what_comes_instead_of_a_corpus_is_refused(server: FileServer, tmp_path: Path) -> None:
    archive = replace(ARCHIVES["cmu_all"], url=f"{server.url}/master.zip")
    limits = FetchLimits(attempts=2, first_wait_s=0.0, timeout_s=5.0)
    server.bodies["/master.zip"] = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match="no zip"):
        fetch_corpus(archive, tmp_path / "data", limits)
    assert not list((tmp_path / "data").glob("*.zip*"))


@pytest.mark.parametrize("key", ARCHIVES)
def test_archives_come_from_where_they_are_published_over_https(key: str) -> None:
    archive = ARCHIVES[key]
    assert archive.url.startswith(("https://zenodo.org/", "https://github.com/"))
    assert archive.source.licence and archive.source.attribution


def test_evaluate_writes_the_rows_and_says_what_is_no_number(
    prepared: Path, small_part: types.ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        done = run(evaluate, "--data", prepared, "--json", tmp_path / "deep" / "edit.json")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "deep" / "edit.json").read_text())
    assert found["fill"][0] == {"gap": 5, "after": 1, "label": "all", "cm": 0.5, "npss": None}
    assert found["fill"][1]["judged"] == ["two"]
    assert {"definitions", "seconds"} <= set(found) and "fill[0].npss is nan" in caplog.text


def test_clips_of_ones_own_take_the_place_of_the_held_out(
    prepared: Path, small_part: types.ModuleType, tmp_path: Path
) -> None:
    write_clip(tmp_path / "own" / "Jump-1.bvh", walk(24.0), 0.01)
    done = run(
        evaluate, "--data", prepared, "--clips", tmp_path / "own", "--json", tmp_path / "e.json"
    )
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "e.json").read_text())["fill"][1]["judged"] == ["Jump-1"]


def test_a_part_that_fails_leaves_the_others_and_the_exit_code_says_so(
    prepared: Path,
    small_part: types.ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(evaluation: Evaluation) -> None:
        raise InputError("no clip is long enough")

    small_part.__dict__["measure_clean"] = fail
    monkeypatch.setattr(parts, "PARTS", dict.fromkeys(("clean", "fill"), "small_part"))
    done = run(evaluate, "--data", prepared, "--json", tmp_path / "e.json")
    assert isinstance(done.exception, InputError) and "clean" in str(done.exception)
    found = json.loads((tmp_path / "e.json").read_text())
    assert found["clean"] is None and len(found["fill"]) == 2


def test_a_part_without_a_say_is_null_and_the_reason_stands_beside_it(
    prepared: Path,
    small_part: types.ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(evaluation: Evaluation) -> None:
        raise Unmeasured("no clip has a label")

    small_part.__dict__["measure_map"] = refuse
    monkeypatch.setattr(parts, "PARTS", dict.fromkeys(("map", "fill"), "small_part"))
    done = run(evaluate, "--data", prepared, "--json", tmp_path / "e.json")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "e.json").read_text())
    assert found["map"] is None and found["not_measured"] == {"map": "no clip has a label"}
    assert len(found["fill"]) == 2


def test_loops_are_one_object_with_rows(
    prepared: Path, small_part: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"label": "all", "seam": 1.0, "seam_crossfade": 3.0}, {"label": "walk", "seam": 0.5}]
    small_part.__dict__["measure_loop"] = lambda evaluation: rows
    monkeypatch.setattr(parts, "PARTS", {"loop": "small_part"})
    done = run(evaluate, "--data", prepared, "--json", tmp_path / "e.json")
    assert done.exit_code == 0 and "loop · rows" in done.output
    found = json.loads((tmp_path / "e.json").read_text())["loop"]
    assert (found["seam"], found["seam_crossfade"], found["rows"]) == (1.0, 3.0, rows[1:])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--clips", "nowhere"], "there is no folder nowhere"),
        (["--models", "nowhere"], "there is no folder nowhere"),
        (["--data", "nowhere.npz"], r"there is no nowhere.npz; make it"),
        (["--lafan1", "nowhere"], "neither lafan1.zip nor"),
    ],
)
def test_what_is_not_there_is_told(
    prepared: Path, small_part: types.ModuleType, arguments: list[str], words: str
) -> None:
    data = [] if {"--data", "--lafan1"} & set(arguments) else ["--data", prepared]
    done = run(evaluate, *data, *arguments)
    assert isinstance(done.exception, InputError) and words in str(done.exception)


def test_options_that_contradict_each_other_are_refused(prepared: Path) -> None:
    done = run(evaluate, "--lafan1", prepared, "--clips", prepared.parent)
    assert done.exit_code == 2 and "measures nothing else" in done.output


def test_nothing_to_judge_by_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recording to judge by"):
        Evaluation(tmp_path, (), ())


def test_each_part_that_is_there_offers_what_it_is_listed_for() -> None:
    for key, measure in measures():
        assert measure.__name__ == f"measure_{key}" and measure.__doc__


def test_numbers_of_numpy_become_numbers_of_json() -> None:
    value = {"a": np.float32(1.5), "b": (np.int64(2), np.inf), 3: {"c": np.bool_(True)}}
    assert finite(value, "x") == {"a": 1.5, "b": [2, None], "3": {"c": True}}
    assert json.dumps(finite(value, "x"))


def test_tables_are_narrow_and_of_all_labels_together(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"gap": 5, "label": "all", **{f"measure_{n}": n / 7 for n in range(12)}}
    print_results({"fill": [row, row | {"label": "walk"}], "map": {"purity": 0.84}, "vary": None})
    told = capsys.readouterr().out
    assert all(f"measure_{n}" in told for n in range(12)) and "0.84" in told
    assert "walk" not in told and max(map(len, told.splitlines())) <= 100
    print_results({"generative": [{"model": "pca", "frechet": 1.5}], "x": []})
    assert "pca" in capsys.readouterr().out
