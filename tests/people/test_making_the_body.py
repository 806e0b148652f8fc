"""The shipped body follows from the published files, bit for bit."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("scipy")
pytest.importorskip("bpy")  # the package of the demo characters builds them in Blender

from click.testing import CliRunner

from backend.people import prepare as prepare_module
from backend.people.export import export
from backend.people.prepare import prepare
from blender_addon.core.errors import InputError
from blender_addon.demo_character.human import FOLDER

LARGEST_ERROR_M = 1.5e-4


def test_prepare_and_export_give_the_shipped_file(human, tmp_path):
    count = prepare(human, tmp_path / "character.npz")
    size, error_m = export(tmp_path / "character.npz", tmp_path / "made")
    assert count > 15_000 and error_m < LARGEST_ERROR_M
    made, shipped = (folder / "human.npz" for folder in (tmp_path / "made", FOLDER))
    assert size == shipped.stat().st_size and made.read_bytes() == shipped.read_bytes()
    assert (tmp_path / "made/human.json").read_text() == (FOLDER / "human.json").read_text()


def test_a_folder_that_lacks_files_is_refused(human, tmp_path):
    shutil.copytree(human / "macro", tmp_path / "macro")
    with pytest.raises(InputError, match=r"lacks base\.obj"):
        prepare(tmp_path, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_what_is_not_prepared_is_not_exported(tmp_path):
    (tmp_path / "character.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="Run `prepare character` first"):
        export(tmp_path / "character.npz", tmp_path / "made")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("options", [[], ["--download", "--data", "."]])
def test_the_command_wants_one_source(options):
    result = CliRunner().invoke(prepare_module.command, options)
    assert result.exit_code == 2 and "--download" in result.output
