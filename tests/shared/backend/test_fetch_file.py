"""Fetching one file from a server that breaks off, refuses, lies or is not there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.mocap.fetch_file import DownloadError, FetchLimits, MissingFileError, fetch_file
from blender_addon.core.errors import InputError
from tests.shared.backend.file_server import FileServer, serve_files

CONTENT = np.random.default_rng(3).bytes(300_000)
QUICK = FetchLimits(largest_bytes=1 << 20, attempts=3, first_wait_s=0.0, timeout_s=5.0)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "a").write_bytes(CONTENT)
    with serve_files(tmp_path / "served") as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "new" / "a"


def fetch(server: FileServer, place: Path, limits: FetchLimits = QUICK) -> None:
    fetch_file(f"{server.url}/a", place, lambda path: None, limits)


def only_file(place: Path) -> None:
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert place.read_bytes() == CONTENT


def test_a_file_is_fetched_whole(server: FileServer, place: Path) -> None:
    fetch(server, place)
    only_file(place)
    assert server.requests == [("/a", "")]


def test_a_connection_that_dies_midway_is_resumed(server: FileServer, place: Path) -> None:
    server.breaks_after["/a"] = [100_000, 70_000]
    fetch(server, place)
    only_file(place)
    assert server.requests == [("/a", ""), ("/a", "bytes=100000-"), ("/a", "bytes=170000-")]


def test_what_came_stays_for_the_next_run(server: FileServer, place: Path) -> None:
    server.breaks_after["/a"] = [100_000, 1, 1]
    with pytest.raises(DownloadError, match=r"100002 of 300000 bytes.*goes on where it stopped"):
        fetch(server, place)
    assert not place.exists()
    fetch(server, place)
    only_file(place)
    assert server.requests[-1] == ("/a", "bytes=100002-")


def test_a_server_without_ranges_begins_again(server: FileServer, place: Path) -> None:
    server.takes_ranges = False
    server.breaks_after["/a"] = [100_000]
    fetch(server, place)
    only_file(place)


def test_a_run_killed_before_naming_the_file_costs_no_byte(server: FileServer, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("a.partial").write_bytes(CONTENT)
    fetch(server, place)
    only_file(place)


def test_a_rest_longer_than_the_file_is_thrown_away(server: FileServer, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("a.partial").write_bytes(CONTENT + b"of another file")
    fetch(server, place)
    only_file(place)


def test_a_busy_server_is_asked_again(server: FileServer, place: Path) -> None:
    server.statuses["/a"] = [503, 429]
    fetch(server, place)
    only_file(place)


def test_a_server_that_stays_busy_is_an_error(server: FileServer, place: Path) -> None:
    server.statuses["/a"] = [503] * 3
    with pytest.raises(DownloadError, match=r"HTTP 503.*\(3 attempts\)"):
        fetch(server, place)
    assert len(server.requests) == 3


def test_missing_and_refused_are_final(server: FileServer, place: Path) -> None:
    server.statuses["/a"] = [404, 403]
    with pytest.raises(MissingFileError, match="404"):
        fetch(server, place)
    with pytest.raises(DownloadError, match="403"):
        fetch(server, place)
    assert len(server.requests) == 2
    assert not list(place.parent.iterdir())


@pytest.mark.parametrize("says_size", [True, False])
def test_too_large_is_refused_and_leaves_nothing(
    server: FileServer, place: Path, says_size: bool
) -> None:
    server.says_size = says_size
    limits = FetchLimits(largest_bytes=200_000, attempts=3, first_wait_s=0.0)
    with pytest.raises(DownloadError, match="at most 200000"):
        fetch(server, place, limits)
    assert not list(place.parent.iterdir())
    assert len(server.requests) == 1


def test_unwanted_content_leaves_what_was_there(server: FileServer, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"before")

    def refuse(path: Path) -> None:
        assert path.read_bytes() == CONTENT
        raise InputError("not this")

    with pytest.raises(InputError, match="not this"):
        fetch_file(f"{server.url}/a", place, refuse, QUICK)
    assert [path.name for path in place.parent.iterdir()] == ["a"]
    assert place.read_bytes() == b"before"


def test_nobody_there_is_an_error_that_says_so(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/a"
    with pytest.raises(DownloadError, match=r"refused.*Check the connection"):
        fetch_file(url, place, lambda path: None, QUICK)


def test_a_server_that_falls_silent_is_left(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        limits = FetchLimits(attempts=2, first_wait_s=0.0, timeout_s=0.2)
        with pytest.raises(DownloadError, match="timed out"):
            fetch_file(url, place, lambda path: None, limits)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/a", "a"])
def test_only_web_addresses_are_fetched(place: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="http"):
        fetch_file(url, place, lambda path: None, QUICK)
