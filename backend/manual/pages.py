"""The manual as pages of HTML, made from ``docs/``: they lie in the zip and open in any browser.

Headings get the anchors that links in Markdown give them; the first place of a page at which a
label of the interface stands in bold gets one too, so that help on a field leads there. Links
between pages, and to the cards of models, stay links; what else leads out of ``docs/`` is not in
the zip, and becomes plain text.
"""

from __future__ import annotations

import html
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from blender_addon.core.manual import INDEX, heading_anchor, label_anchor

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
MODELS: Final = ROOT / "onnx_models"
STYLE: Final = Path(__file__).with_name("style.css")

_log = logging.getLogger("manual")

_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_CARD: Final = "model-"  # before the names of pages that are models' cards


@dataclass(frozen=True)
class Page:
    """One page.

    Args:
        name: of its file, without the ending.
        title: its first heading.
        body: HTML.
        anchors: what links can lead to.
        pages: names of the pages that it links to, in their order.
        pictures: what it shows of docs/, as paths from there.
    """

    name: str
    title: str
    body: str
    anchors: frozenset[str]
    pages: tuple[str, ...]
    pictures: tuple[str, ...]


def write_manual(out: Path, version: str) -> list[Path]:
    """Write every page, the style sheet and the pictures that are shown.

    Args:
        out: a folder that is made; what it held is removed.
        version: of the extension, shown on every page.

    Returns:
        The files of the pages.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    pages = read_pages()
    for picture in sorted({each for page in pages for each in page.pictures}):
        _copy_picture(picture, out / picture)
    shutil.copy(STYLE, out)
    files = []
    for page in pages:
        files.append(out / f"{page.name}.html")
        files[-1].write_text(_document(page, pages, version), encoding="utf-8")
    return files


def _copy_picture(picture: str, target: Path) -> None:
    """One that is still to be made is left out, for the window that makes it needs a zip."""
    source = DOCS / picture
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    else:
        _log.warning("docs/%s is missing: build.py shots makes pictures", picture)


def read_pages() -> list[Page]:
    """The manual's pages as the index names them, then the cards of the models."""
    found: dict[str, Page] = {}
    waiting = [INDEX]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = _page(name)
            waiting += found[name].pages
    return sorted(found.values(), key=lambda page: page.name.startswith(_CARD))


def _page(name: str) -> Page:
    card = name.removeprefix(_CARD)
    return read_page(name, (MODELS if card != name else DOCS) / f"{card}.md")


def read_page(name: str, source: Path) -> Page:
    """One page from its Markdown.

    Args:
        name: of the page.
        source: the Markdown; links are resolved from its folder.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", source.read_text("utf-8")))
    anchors = [*_name_headings(tokens), *_name_labels(tokens)]
    pages, pictures = _resolve_links(tokens, source.parent)
    body = parser.renderer.render(tokens, parser.options, {})
    title = next(text for _, text in _headings(tokens))
    body = body.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )
    return Page(name, title, body, frozenset(anchors), tuple(pages), tuple(pictures))


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Every heading and its text, without its markup."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            yield opening, _text(inline.children or ())


def _name_headings(tokens: Sequence[Token]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for heading, text in _headings(tokens):
        anchor = heading_anchor(text)
        counts[anchor] = counts.get(anchor, -1) + 1
        anchor += f"-{counts[anchor]}" if counts[anchor] else ""
        heading.attrSet("id", anchor)
        yield anchor


def _name_labels(tokens: Sequence[Token]) -> Iterator[str]:
    seen: set[str] = set()
    for inline in tokens:
        children = inline.children or []
        for number, opening in enumerate(children):
            if opening.type != "strong_open":
                continue
            closing = next(n for n in range(number, len(children)) if _closes(children[n]))
            anchor = label_anchor(_text(children[number:closing]))
            if anchor not in seen:
                seen.add(anchor)
                opening.attrSet("id", anchor)
                yield anchor


def _closes(token: Token) -> bool:
    return token.type == "strong_close"


def _text(tokens: Sequence[Token]) -> str:
    """What is read, with a line's end as a space."""
    return "".join(" " if t.type == "softbreak" else t.content for t in tokens if not t.nesting)


def _resolve_links(tokens: Sequence[Token], folder: Path) -> tuple[list[str], list[str]]:
    """Point links to pages; the pages and the pictures that are named."""
    pages: list[str] = []
    pictures: list[str] = []
    for inline in tokens:
        unlinked = False
        for token in inline.children or ():
            if token.type == "image":
                _show(token, folder, pictures)
            elif token.type == "link_open":
                page, target = _target(str(token.attrGet("href")), folder)
                pages += [page] if page else []
                unlinked = target is None
                _set_link(token, target)
            elif token.type == "link_close" and unlinked:
                token.tag, unlinked = "span", False
    return pages, pictures


def _show(image: Token, folder: Path, pictures: list[str]) -> None:
    """Count a picture in; those of cards lie beside the models, not among the manual's."""
    source = str(image.attrGet("src"))
    image.attrSet("loading", "lazy")
    if folder == MODELS:
        image.attrSet("src", f"../models/{source}")
    else:
        pictures.append(source)


def _target(link: str, folder: Path) -> tuple[str, str | None]:
    """The page that a link leads to, or an empty name, and its address there; None if nowhere."""
    path, mark, anchor = link.partition("#")
    if "://" in link or not path:
        return "", link
    source = (folder / path).resolve()
    if source.suffix != ".md" or source.parent not in (DOCS, MODELS):
        return "", None
    page = source.stem if source.parent == DOCS else _CARD + source.stem
    return page, f"{page}.html{mark}{anchor}"


def _set_link(token: Token, target: str | None) -> None:
    if target is None:
        token.tag, token.attrs = "span", {}
    else:
        token.attrSet("href", target)


def _document(page: Page, pages: Sequence[Page], version: str) -> str:
    listed = [each for each in pages if not each.name.startswith(_CARD)]
    entries = "\n".join(_entry(each, is_current=each == page) for each in listed)
    title = "Neural Motion" if page.name == INDEX else f"{page.title} – Neural Motion"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="{STYLE.name}">
</head>
<body>
<nav>
<p class="name"><a href="{INDEX}.html">Neural Motion</a> <span>{html.escape(version)}</span></p>
<ul>
{entries}
</ul>
</nav>
<main>
{page.body}{_neighbours(page, listed)}
</main>
</body>
</html>
"""


def _entry(page: Page, *, is_current: bool) -> str:
    current = ' aria-current="page"' if is_current else ""
    name = "Overview" if page.name == INDEX else html.escape(page.title)
    return f'<li><a href="{page.name}.html"{current}>{name}</a></li>'


def _neighbours(page: Page, listed: Sequence[Page]) -> str:
    """Links to the pages before and after."""
    if page not in listed:
        return ""
    at = listed.index(page)
    before = [(each, "←", "") for each in listed[max(at - 1, 0) : at]]
    after = [(each, "", "→") for each in listed[at + 1 : at + 2]]
    links = [
        f'<a href="{each.name}.html">{left} {html.escape(each.title)} {right}</a>'
        for each, left, right in (*before, *after)
    ]
    return f'<p class="neighbours">{" ".join(links)}</p>'
