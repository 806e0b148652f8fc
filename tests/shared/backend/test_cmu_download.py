"""``prepare --download`` against a file server on this machine."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from backend.mocap.cmu_download import DownloadSettings, download_cmu
from backend.mocap.cmu_takes import DEFAULT_LIST, CmuTake, TakeList, read_take_list
from backend.mocap.fetch_file import DownloadError, FetchLimits
from backend.walk.prepare import command
from backend.walk.sources import find_sources, read_stances
from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.backend.acclaim_samples import cmu_clip, standing_clip, write_amc, write_asf
from tests.shared.backend.file_server import FileServer, serve_files

TAKES = (
    CmuTake("02", "01", "walk", "walk"),
    CmuTake("02", "02", "walk", "walk", "val"),
    CmuTake("102", "06", "stands", "stand"),
)


def listed(*takes: CmuTake) -> TakeList:
    return TakeList("Obtained from there.", "Free for all uses.", 120.0, takes or TAKES)


def put(folder: Path, name: str, clip: MotionClip) -> None:
    subject = name.split("_", maxsplit=1)[0]
    write_asf(folder / subject / f"{subject}.asf", clip.skeleton)
    write_amc(folder / subject / f"{name}.amc", clip)


def sped_up(clip: MotionClip, factor: float) -> MotionClip:
    return replace(clip, root_positions=clip.root_positions * np.array([factor, 1, factor]))


def turned(clip: MotionClip, radians: float) -> MotionClip:
    turns = clip.rotations_wxyz.copy()
    headings = heading_to_quaternion(np.linspace(0, radians, clip.frame_count))
    turns[:, 0] = quaternion_multiply(headings, turns[:, 0])
    return replace(clip, rotations_wxyz=turns)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    put(folder, "02_01", cmu_clip(80))
    put(folder, "02_02", cmu_clip(60))
    put(folder, "102_06", standing_clip())
    with serve_files(folder) as server:
        yield server


def download(server: FileServer, data: Path, *takes: CmuTake) -> int:
    limits = FetchLimits(largest_bytes=1 << 20, attempts=3, first_wait_s=0.0, timeout_s=5.0)
    settings = DownloadSettings(server.url + "/", limits, pause_s=0.0)
    return download_cmu(data, listed(*takes), settings)


def index(data: Path) -> dict[str, dict[str, str]]:
    with (data / "cmu" / "clips.csv").open(newline="", encoding="utf-8") as file:
        return {row["clip"]: row for row in csv.DictReader(file)}


def test_takes_arrive_as_the_recordings_they_are(server: FileServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert download(server, data) == 3
    original, clip = cmu_clip(80), read_bvh(data / "cmu" / "amc_02_01.bvh")
    order = clip.skeleton.indices(original.skeleton.names)
    desired, _ = forward_kinematics(
        original.skeleton, original.root_positions, original.rotations_wxyz
    )
    found, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    gap = found[:, order] - desired
    lift = gap[..., 1].mean()  # the clip stands on its floor
    assert np.abs(gap - np.array([0, lift, 0])).max() < 1e-3
    assert (clip.frame_rate_hz, clip.frame_count) == (120.0, 80)
    feet = found[:, clip.skeleton.indices(["lfoot", "ltoes", "rfoot", "rtoes"]), 1]
    assert -0.02 < feet.min() < 0.12


def test_the_folder_is_one_that_prepare_reads(server: FileServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    download(server, data)
    assert [source.name for source in find_sources(data, "train")] == ["amc_02_01"]
    assert [source.name for source in find_sources(data, "val")] == ["amc_02_02"]
    row = index(data)["amc_102_06"]
    assert (row["source"], row["subject"], row["take"], row["label"]) == (
        *("cmu_asfamc", "102", "06", "stand"),
    )
    assert (float(row["fps"]), int(row["frames"]), row["same_take_as"]) == (120.0, 240, "")
    assert "Obtained from there." in (data / "cmu" / "README.txt").read_text("utf-8")


def test_calm_stances_are_found_in_it(server: FileServer, tmp_path: Path) -> None:
    download(server, tmp_path / "data")
    stances = read_stances(tmp_path / "data")
    assert [stance.name for stance in stances] == ["amc_102_06"]
    assert 24 <= stances[0].frame_count <= 60


def test_without_a_calm_stance_the_message_says_what_is_missing(
    server: FileServer, tmp_path: Path
) -> None:
    download(server, tmp_path / "data", TAKES[0])
    with pytest.raises(InputError, match="stands calmly"):
        read_stances(tmp_path / "data")


def test_nothing_is_fetched_twice(server: FileServer, tmp_path: Path) -> None:
    download(server, tmp_path / "data")
    before = {path: path.read_bytes() for path in (tmp_path / "data" / "cmu").iterdir()}
    assert len(server.requests) == 5  # two skeletons, three motions
    download(server, tmp_path / "data")
    assert len(server.requests) == 5
    assert {path: path.read_bytes() for path in (tmp_path / "data" / "cmu").iterdir()} == before


def test_an_interrupted_download_goes_on(server: FileServer, tmp_path: Path) -> None:
    server.breaks_after["/02/02_02.amc"] = [9_000, 0, 0]
    with pytest.raises(DownloadError, match=r"02_02\.amc"):
        download(server, tmp_path / "data")
    assert not (tmp_path / "data" / "cmu").exists()
    server.requests.clear()
    assert download(server, tmp_path / "data") == 3
    assert server.requests[0] == ("/02/02_02.amc", "bytes=9000-")
    fetched = tmp_path / "data" / "asf_amc" / "02"
    assert sorted(path.name for path in fetched.iterdir()) == ["02.asf", "02_01.amc", "02_02.amc"]
    whole = (server.folder / "02" / "02_02.amc").read_bytes()
    assert (fetched / "02_02.amc").read_bytes() == whole


def test_takes_that_are_not_there_are_left_out_and_named(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = [CmuTake("02", "99", "walk", "walk")]
    gone += [CmuTake("77", f"{n:02d}", "walk", "walk") for n in range(1, 9)]
    with caplog.at_level(logging.WARNING):
        assert download(server, tmp_path / "data", *TAKES, *gone) == 3
    assert "02_99.amc" in caplog.text and "77.asf" in caplog.text
    assert sum("/77/" in address for address, _ in server.requests) == 1


def test_an_address_without_any_take_is_an_error(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"none of the 1 takes.*--base-url"):
        download(server, tmp_path / "data", CmuTake("77", "01", "walk", "walk"))


@pytest.mark.parametrize("address", ["/02/02.asf", "/02/02_01.amc"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "a web page"),
        (b"HIERARCHY\nROOT root\n", "hierarchy"),
        (b":root :bonedata :hierarchy :degrees\nroot \0", "expected an A"),
    ],
)
def test_something_else_in_a_files_place_is_refused(
    server: FileServer, tmp_path: Path, address: str, body: bytes, words: str
) -> None:
    server.bodies[address] = body
    with pytest.raises(DownloadError, match=words):
        download(server, tmp_path / "data")
    name = address.rsplit("/", maxsplit=1)[1]
    assert not list((tmp_path / "data" / "asf_amc" / "02").glob(f"{name}*"))


def test_a_broken_motion_is_left_out_with_its_line(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = (server.folder / "02" / "02_02.amc").read_bytes()
    server.bodies["/02/02_02.amc"] = whole[: len(whole) // 2]
    with caplog.at_level(logging.WARNING):
        assert download(server, tmp_path / "data") == 2
    assert "02_02.amc, line " in caplog.text
    assert set(index(tmp_path / "data")) == {"amc_02_01", "amc_102_06"}


def test_walks_that_turn_far_are_turns(server: FileServer, tmp_path: Path) -> None:
    put(server.folder, "02_01", turned(cmu_clip(240), 0.0))
    put(server.folder, "02_02", turned(cmu_clip(240), np.radians(-130)))
    download(server, tmp_path / "data")
    rows = index(tmp_path / "data")
    assert (rows["amc_02_01"]["label"], rows["amc_02_02"]["label"]) == ("walk", "turn")
    assert float(rows["amc_02_02"]["turn_net_deg"]) < -60


def test_a_walk_of_a_runners_speed_is_left_out(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(server.folder, "02_02", sped_up(cmu_clip(120), 6.0))
    with caplog.at_level(logging.WARNING):
        assert download(server, tmp_path / "data") == 2
    assert "another rate than 120 Hz" in caplog.text


def test_frames_that_are_no_motion_are_skipped(server: FileServer, tmp_path: Path) -> None:
    download(server, tmp_path / "data", replace(TAKES[0], skip_frames=30))
    assert read_bvh(tmp_path / "data" / "cmu" / "amc_02_01.bvh").frame_count == 50
    with pytest.raises(InputError, match="skip"):
        download(server, tmp_path / "data", replace(TAKES[0], skip_frames=80))


def test_recordings_from_elsewhere_are_never_written_over(
    server: FileServer, tmp_path: Path
) -> None:
    foreign = tmp_path / "data" / "cmu" / "clips.csv"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("clip,source,label\na,cmu_expmap,walk\n", "utf-8")
    with pytest.raises(InputError, match="not downloaded by this command"):
        download(server, tmp_path / "data")
    assert not server.requests
    assert "cmu_expmap" in foreign.read_text("utf-8")


def test_our_own_list_is_sound() -> None:
    takes = read_take_list()
    assert "mocap.cs.cmu.edu" in takes.attribution and "NSF" in takes.attribution
    for split in ("train", "val"):
        labels = {take.label for take in takes.takes if take.split == split}
        assert labels >= {"walk", "turn", "run", "uneven"}
    by_label = {"run": "run", "walk": "walk", "uneven": "uneven"}
    for take in takes.takes:
        if take.label in by_label:
            assert by_label[take.label] in take.description


@pytest.mark.data
def test_our_own_list_agrees_with_the_recordings_we_know(data_dir: Path) -> None:
    takes = {(int(take.subject), take.take): take for take in read_take_list().takes}
    compared = 0
    with (data_dir / "mocap" / "cmu" / "clips.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = row["take_known"] == "1" and row["source"] != "cmu_amp"
            if known and (take := takes.get((int(row["subject"]), row["take"]))):
                assert (take.label, take.split) == (row["label"], row["split"]), row["clip"]
                assert take.description in (row["description"], "slow walk"), row["clip"]
                compared += 1
    assert compared > 20


@pytest.mark.parametrize(
    "change",
    [
        {"takes": []},
        {"takes": [{"subject": "2", "take": "01", "description": "", "label": "walk"}]},
        {"takes": [{"subject": "../02", "take": "01", "description": "", "label": "walk"}]},
        {"takes": [{"subject": "02", "take": "01", "description": "", "label": "fly"}]},
        {"takes": [{"subject": "02", "take": "01", "description": "", "label": "walk"}] * 2},
        {"takes": [{"subject": "02"}]},
        {"frame_rate_hz": "fast"},
    ],
)
def test_an_unsound_list_is_an_error(tmp_path: Path, change: dict[str, object]) -> None:
    whole = json.loads(DEFAULT_LIST.read_text("utf-8"))
    (tmp_path / "takes.json").write_text(json.dumps(whole | change), "utf-8")
    with pytest.raises(InputError):
        read_take_list(tmp_path / "takes.json")


def test_the_command_without_recordings_says_how_to_get_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert "--download" in str(result.exception)


@pytest.mark.data
@pytest.mark.slow
def test_from_nothing_to_a_training_set(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real recordings, served as CMU serves them, end as sequences of every kind."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    recordings = {
        "02_01": ("amc_02_01", "walk", "train"),
        "02_03": ("amc_02_03", "run", "train"),
        "03_02": ("amc_03_02", "uneven", "train"),
        "98_01": ("expmap_train_walkx_52", "walk", "train"),
        "99_01": ("expmap_train_walkx_43", "walk", "val"),
    }
    takes = []
    for name, (clip, label, split) in recordings.items():
        put(tmp_path / "served", name, read_bvh(data_dir / "mocap" / "cmu" / f"{clip}.bvh"))
        subject, take = name.split("_")
        words = {"description": label, "label": label, "split": split}
        takes.append({"subject": subject, "take": take, **words})
    chosen = {"attribution": "a", "terms": "t", "frame_rate_hz": 120, "takes": takes}
    (tmp_path / "takes.json").write_text(json.dumps(chosen), "utf-8")
    data, out = tmp_path / "data", tmp_path / "out"
    with serve_files(tmp_path / "served") as server:
        arguments = ["--data", str(data), "--out", str(out), "--download"]
        arguments += ["--base-url", server.url, "--takes", str(tmp_path / "takes.json")]
        arguments += ["--bent", "1", "--blended", "2", "--uneven", "1", "--workers", "1"]
        arguments += [
            w for kind in ("facing", "pivots", "standing", "stairs") for w in (f"--{kind}", "1")
        ]
        result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "5 clips of the CMU database" in result.output
    kinds = {path.name.split("_")[0] for path in (out / "train").iterdir()}
    made = {"bent", "uneven", "blended", "facing", "pivots", "standing", "stairs"}
    assert kinds == {"captured", *made}
    assert list((out / "val").iterdir())
    assert json.loads((out / "styles.json").read_text("utf-8"))[0] == "amc_02_01"
