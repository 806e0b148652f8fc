"""Files come to their place in one step: at no moment half of one stands there, or none."""

from __future__ import annotations

import errno
import os

import bpy
import pytest

from blender_addon.cli.files import save_blend
from blender_addon.core.batch import writing
from blender_addon.core.batch.whole import check_whole
from blender_addon.core.batch.writing import move_into_place, part_beside, remove_parts
from blender_addon.core.errors import InputError

pytestmark = pytest.mark.blender

NEW, OLD = b"the new one", b"the old one"


@pytest.fixture
def place(tmp_path):
    target = tmp_path / "shot.blend"
    part = part_beside(target, "0123456789abcdef")
    part.write_bytes(NEW)
    return part, target


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def test_the_part_lies_beside_and_tells_writers_apart(tmp_path):
    target = tmp_path / "shot.blend"
    assert part_beside(target, "0123456789abcdef").name == ".shot.0123456789ab.part.blend"
    others = [target, target.with_stem("SHOT"), target.with_stem("é" * 125)]
    parts = {part_beside(each) for each in others} | {part_beside(target, "ab" * 32)}
    assert len(parts) == 4
    assert all(each.parent == tmp_path and len(os.fsencode(each.name)) < 200 for each in parts)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_free_place(place, overwrite):
    part, target = place
    move_into_place(part, target, overwrite=overwrite, versions=2)
    assert names(target.parent) == [target.name] and target.read_bytes() == NEW


def test_a_file_that_has_appeared_is_kept(place):
    part, target = place
    target.write_bytes(OLD)
    with pytest.raises(FileExistsError):
        move_into_place(part, target, overwrite=False)
    assert target.read_bytes() == OLD


def test_a_file_that_has_appeared_is_kept_without_hard_links_too(place, monkeypatch):
    part, target = place

    def refuse(*_):
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    target.write_bytes(OLD)
    with pytest.raises(FileExistsError):
        move_into_place(part, target, overwrite=False)
    assert target.read_bytes() == OLD
    target.unlink()
    move_into_place(part, target, overwrite=False)
    assert names(target.parent) == [target.name] and target.read_bytes() == NEW


def test_a_link_that_was_made_though_its_answer_was_lost_is_made(place, monkeypatch):
    part, target = place
    link = os.link

    def make_twice(*names):
        link(*names)
        link(*names)  # as a client of NFS asks again that heard nothing

    monkeypatch.setattr(os, "link", make_twice)
    move_into_place(part, target, overwrite=False)
    assert names(target.parent) == [target.name] and target.read_bytes() == NEW


def test_a_file_that_somebody_reads_is_replaced_once_it_can_be(place, monkeypatch):
    part, target = place
    target.write_bytes(OLD)
    refused, replace = [], type(target).replace

    def refuse_twice(self, to):
        if len(refused) < 2:
            refused.append(to)
            raise PermissionError(13, "it is in use")
        replace(self, to)

    monkeypatch.setattr(type(target), "replace", refuse_twice)
    move_into_place(part, target, overwrite=True)
    assert len(refused) == 2 and target.read_bytes() == NEW


@pytest.mark.parametrize("links", [True, False])
def test_older_files_are_kept_and_there_is_always_one(place, monkeypatch, links):
    part, target = place
    seen = []
    path_replace = type(target).replace

    def watched(self, to):
        path_replace(self, to)
        seen.append(target.exists())

    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(type(target), "replace", watched)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    for number in range(4):
        target.write_bytes(b"%d" % number) if number == 0 else None
        part.write_bytes(b"%d" % (number + 1))
        move_into_place(part, target, overwrite=True, versions=2)
    assert all(seen)
    assert names(target.parent) == ["shot.blend", "shot.blend1", "shot.blend2"]
    kept = [(target.parent / name).read_bytes() for name in names(target.parent)]
    assert kept == [b"4", b"3", b"2"]


def test_a_failed_move_leaves_what_was_there(place, monkeypatch):
    part, target = place
    target.write_bytes(OLD)

    def fail(_self, _to):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(target), "replace", fail)
    with pytest.raises(OSError, match="No space"):
        move_into_place(part, target, overwrite=True)
    assert target.read_bytes() == OLD


def test_what_an_attempt_has_left_goes_and_nothing_else(place):
    part, target = place
    for ending in ("@", "1", ".4711"):
        (part.parent / f"{part.name}{ending}").write_bytes(b"")
    others = [target, part_beside(target, "f" * 64), part_beside(target.with_stem("other"))]
    for each in others:
        each.write_bytes(b"")
    remove_parts(part)
    assert names(part.parent) == sorted(each.name for each in others)
    remove_parts(part_beside(target / "gone" / "x.blend"))  # nothing there is nothing to remove


def test_the_folder_is_on_the_disk_as_well(place, monkeypatch):
    part, target = place
    kept = []
    monkeypatch.setattr(writing, "fsync_folder", kept.append)
    move_into_place(part, target, overwrite=False)
    assert kept == [target.parent]


@pytest.mark.smoke
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_of_blender_is_whole_to_its_last_byte_alone(scene, tmp_path, packed):
    path = tmp_path / "a.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=packed, copy=True)
    check_whole(path)
    content = path.read_bytes()
    assert content.startswith(b"BLENDER") is not packed
    missing = len(content) // 3
    torn = [content[:-40], content[: len(content) // 2], content[:12], content[:3], b""]
    torn += [content[:missing] + content[missing + 999 :]] if packed else []
    for each in torn:
        path.write_bytes(each)
        with pytest.raises(OSError, match="only a part of it was written"):
            check_whole(path)


@pytest.mark.smoke
@pytest.mark.parametrize("packed", [False, True])
def test_a_disk_that_is_full_is_told_and_leaves_what_was_there(scene, tmp_path, packed):
    """Of a packed file, Blender itself says that it was saved."""
    resource = pytest.importorskip("resource")
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "a.blend"
    target.write_bytes(b"BLENDER: an older one")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "opened.blend"), compress=packed)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        with pytest.raises(InputError, match="could not be saved"):
            save_blend(target, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(target.parent) == ["a.blend"]
    assert target.read_bytes() == b"BLENDER: an older one"
