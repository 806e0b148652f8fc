"""A release: only with its changes written down, whole or not there at all."""

from __future__ import annotations

import argparse
import hashlib
import tomllib
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("bpy")

from backend.packaging import extension, release

LOG = "# Changes\n\n## [0.2.0] - 2026-01-02\n\n- Two.\n\n## [0.1.0] - 2026-01-01\n\n- One.\n"
MANIFEST = """schema_version = "1.0.0"
id = "small"
version = "0.2.0"
name = "Small"
tagline = "A small one"
maintainer = "Somebody"
type = "add-on"
blender_version_min = "4.2.0"
license = ["SPDX:GPL-3.0-or-later"]
"""


def test_the_change_log_has_the_manifests_version() -> None:
    text = release.CHANGELOG.read_text("utf-8")
    assert len(release.changes_of(extension.own_version(), text)) > 100
    project = (extension.ROOT / "pyproject.toml").read_text("utf-8")
    release.check_versions(extension.own_version(), project)


def test_changes_are_those_of_the_version_alone() -> None:
    assert release.changes_of("0.2.0", LOG) == "- Two."
    assert release.changes_of("0.1.0", LOG) == "- One."


@pytest.mark.parametrize("log", [LOG, "", LOG + "\n## [0.3.0] - 2026-01-03\n"])
def test_a_version_without_changes_is_refused(log: str) -> None:
    with pytest.raises(extension.PackagingError, match=r"says nothing about 0\.3\.0"):
        release.changes_of("0.3.0", log)


def test_versions_that_differ_are_refused() -> None:
    with pytest.raises(extension.PackagingError, match="Make them equal"):
        release.check_versions("0.3.0", '[project]\nversion = "0.2.0"\n')


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """A release of an extension so small that it is packed at once."""

    def build(package: extension.Package, out: Path) -> Path:
        target = out / f"neural_motion-0.2.0-{package.suffix}.zip"
        with zipfile.ZipFile(target, "w") as archive:
            platform = f'platforms = ["{package.platform.name}"]\n'
            archive.writestr("blender_manifest.toml", MANIFEST + platform)
            archive.writestr("__init__.py", "")
        return target

    (tmp_path / "CHANGELOG.md").write_text(LOG, "utf-8")
    monkeypatch.setattr(release, "build_zip", build)
    monkeypatch.setattr(release, "own_version", lambda: "0.2.0")
    monkeypatch.setattr(release, "check_versions", lambda *_: None)
    monkeypatch.setattr(release, "CHANGELOG", tmp_path / "CHANGELOG.md")
    return argparse.Namespace(platform=[], gpu=True, website="", out=tmp_path / "dist")


def test_a_release_is_whole_and_made_again_in_its_place(small: argparse.Namespace) -> None:
    made = release.make_release(small)
    (made / "left over").write_text("", "utf-8")
    assert release.make_release(small) == made
    assert [path.name for path in small.out.iterdir()] == ["release-0.2.0"]
    zips = sorted(path.name for path in made.glob("*.zip"))
    assert len(zips) == 10
    assert sum("-physics-" in name for name in zips) == 3
    assert {path.name for path in made.iterdir()} == {*zips, "repository", "SHA256SUMS", "NOTES.md"}
    for line in (made / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == digest
    notes = (made / "NOTES.md").read_text("utf-8")
    assert "- Two." in notes and "- One." not in notes
    assert all(name in notes for name in zips)
    assert "physics-linux_x64.zip` | Linux, with physics |" in notes
    repository = {path.name for path in (made / "repository").iterdir()}
    assert "index.json" in repository
    assert sum(name.endswith(".zip") for name in repository) == 3
    assert not any("gpu" in name or "physics" in name for name in repository)


def test_a_release_that_fails_leaves_the_one_before(
    small: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = release.make_release(small)
    before = (made / "SHA256SUMS").read_bytes()

    def fail(*_: object) -> Path:
        raise extension.PackagingError("no wheel")

    monkeypatch.setattr(release, "build_zip", fail)
    with pytest.raises(extension.PackagingError, match="no wheel"):
        release.make_release(small)
    assert [path.name for path in small.out.iterdir()] == ["release-0.2.0"]
    assert (made / "SHA256SUMS").read_bytes() == before


def test_the_manifest_names_a_website_where_one_is_given() -> None:
    text = (extension.ROOT / "blender_addon/blender_manifest.toml").read_text("utf-8")
    for website in ("", "https://example.org/a"):
        package = extension.Package(extension.PLATFORMS[0], website=website)
        manifest = tomllib.loads(extension.completed_manifest(text, package, ["a.whl"]))
        assert manifest.get("website", "") == website


@pytest.mark.parametrize(
    "text", ["example.org", "ftp://a", 'https://a"b', "https://a\nb", "https://"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no address"):
        extension.web_address(text)
