"""The manual cannot go stale: its pictures, links and the labels it names exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import blender_addon
from backend.manual import tables
from blender_addon.core.errors import InputError
from tests.docs import manual

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
PICTURES = DOCS / "pictures"
SCRIPTS = ROOT / "backend" / "window" / "pictures"
_ADDON = "blender_addon"
MAX_PICTURE, MAX_PICTURES = 150_000, 3_000_000  # bytes: of one, of all


@pytest.fixture(scope="module")
def labels() -> Iterator[set[str]]:
    """Every label that the add-on shows."""
    bpy = pytest.importorskip("bpy")
    blender_addon.register()
    kinds = (
        bpy.types.Panel, bpy.types.Operator, bpy.types.PropertyGroup, bpy.types.AddonPreferences,
    )  # fmt: skip
    ours = [c for kind in kinds for c in kind.__subclasses__() if c.__module__.startswith(_ADDON)]
    addon = ROOT / _ADDON
    drawing = [*addon.rglob("*panel.py"), *(addon / "blender" / "ui").glob("*.py")]
    yield manual.labels_of(ours) | manual.drawn_texts(drawing)
    blender_addon.unregister()


def test_there_is_a_manual() -> None:
    assert {"index.md", "first-walk.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_and_picture_exists(page: Path) -> None:
    assert manual.broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_label_in_bold_is_one_of_the_addon(page: Path, labels: set[str]) -> None:
    assert manual.bold(page) - labels == set()


def test_every_message_explained_is_one_of_the_addon() -> None:
    page = DOCS / "troubleshooting.md"
    assert len(manual.quoted_messages(page)) > 50
    assert manual.unknown_messages(page, ROOT / _ADDON) == []


@pytest.mark.parametrize("name", tables.PAGES)
def test_tables_follow_from_models_and_code(name: str) -> None:
    pytest.importorskip("bpy")
    text = (ROOT / name).read_text("utf-8")
    assert "<!-- table:" in text
    assert tables.renewed(text) == text, "run: python3 build.py backend tables"


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(InputError, match="no table 'weights'; choose one of: models"):
        tables.renewed("<!-- table: weights -->\n<!-- end -->")


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = {DOCS / "index.md"}, [DOCS / "index.md"]
    while waiting:
        for target in manual.links(waiting.pop()):
            page = DOCS / target.partition("#")[0]
            if page.suffix == ".md" and page.parent == DOCS and page not in reached:
                reached.add(page)
                waiting.append(page)
    assert set(PAGES) == reached


def test_every_picture_is_used_and_small() -> None:
    kept = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    used = {Path(target).name for page in PAGES for target in manual.links(page)}
    assert kept
    assert set(kept) - used == set()
    assert {name for name, size in kept.items() if size > MAX_PICTURE} == set()
    assert sum(kept.values()) <= MAX_PICTURES


def test_every_picture_is_made_by_a_script() -> None:
    scripts = [path.read_text("utf-8") for path in SCRIPTS.glob("*.py")]
    for picture in PICTURES.iterdir():
        assert any(f'"{picture.stem}' in script for script in scripts), picture.name


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n![a](b.png) [c](#one) [d](#two)\n**Dance\nNow** `**code**`\n", "utf-8")
    (tmp_path / "panel.py").write_text("layout.prop(a, 'b', text='Grounds')\n", "utf-8")
    assert manual.broken_links(page) == ["b.png", "#two"]
    assert manual.bold(page) == {"Dance Now"}
    assert manual.drawn_texts(tmp_path.glob("*.py")) == {"Grounds"}


def test_a_message_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("| `'…' is gone` |\n| `'…' has gone` |\n| no code |\n", "utf-8")
    (tmp_path / "a.py").write_text('f"\'{name}\' is " "gone. Choose another"\n', "utf-8")
    assert manual.unknown_messages(page, tmp_path) == ["'…' has gone"]


def test_labels_are_those_that_are_shown(labels: set[str]) -> None:
    shown = {"Neural Motion", "Walk", "Generate Walk", "Root Motion", "Object", "Grounds"}
    assert shown | {"Smile", "Own Models", "Own Voice"} <= labels
    assert not {"walk", "rig", "BONE", "Add a second walk"} & labels
