"""The manual as HTML: complete, whole links, small, and readable without Markdown."""

from __future__ import annotations

import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from backend.manual import pages

MAX_PACKED = 1_250_000  # bytes that the manual adds to a zip


class Links(HTMLParser):
    """What a page links to and shows, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.anchors: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("a", "link"):
            self.links.append(found["href"] or "")
        if tag == "img":
            self.pictures.append(found["src"] or "")
        if "id" in found:
            self.anchors.append(found["id"] or "")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manual, with the models beside it as in the zip."""
    root = tmp_path_factory.mktemp("zip")
    pages.write_manual(root / "manual", "1.2.3")
    (root / "models").symlink_to(pages.MODELS)
    return root / "manual"


def test_every_page_of_the_docs_is_there(written: Path) -> None:
    assert {path.stem for path in pages.DOCS.glob("*.md")} <= {p.stem for p in written.glob("*")}


def test_every_link_leads_somewhere_in_the_zip_or_the_web(written: Path) -> None:
    read = {path.name: Links(path.read_text("utf-8")) for path in written.glob("*.html")}
    for name, page in read.items():
        assert len(page.anchors) == len(set(page.anchors)), name
        for link in page.links:
            target, _, anchor = link.partition("#")
            if "://" in link:
                continue
            assert (written / (target or name)).is_file(), (name, link)
            assert not anchor or anchor in read[target or name].anchors, (name, link)
        for picture in page.pictures:
            assert (written / picture).is_file(), (name, picture)


def test_it_is_small(written: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in written.rglob("*"):
            archive.write(path)
    assert (tmp_path / "a.zip").stat().st_size < MAX_PACKED


def test_markdown_becomes_html_with_places(tmp_path: Path) -> None:
    source = tmp_path / "some.md"
    source.write_text(
        "# One `two`\n<!-- table: x -->\n| a | b |\n|---|---|\n| **Step Length** | [c](z.md) |\n"
        "\n## One two\n**Step\nLength** <b> [d](https://example.org) ![e](p.png)\n",
        "utf-8",
    )
    page = pages.read_page("some", source)
    assert (page.title, page.pictures) == ("One two", ("p.png",))
    assert page.anchors == {"one-two", "one-two-1", "label-step-length"}
    assert page.body.count('id="label-step-length"') == 1
    assert "<table>" in page.body and "table: x" not in page.body and "<b>" not in page.body
    assert "z." not in page.body and "<span>c</span>" in page.body
    assert 'href="https://example.org"' in page.body


def test_the_pages_say_their_version_and_neighbours(written: Path) -> None:
    text = (written / "install.html").read_text("utf-8")
    assert "1.2.3" in text and 'aria-current="page"' in text
    assert "← Neural Motion" in text and "→" in text


def test_a_picture_that_is_still_to_be_made_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages._copy_picture("pictures/to_come.png", tmp_path / "to_come.png")
    assert not (tmp_path / "to_come.png").exists()
    assert "docs/pictures/to_come.png is missing" in caplog.text
