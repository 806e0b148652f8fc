"""What the manual shows, links to and names, read from its Markdown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def prose(page: Path) -> str:
    """A page without its code, in which brackets and asterisks mean other things."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`", "", text)


def links(page: Path) -> list[str]:
    """Where a page's links and pictures lead, but for addresses in the web."""
    found = [match[1] for match in _LINK.finditer(prose(page))]
    return [target for target in found if "://" not in target]


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as links spell them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def broken_links(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    return [target for target in links(page) if not _exists(page, target)]


def _exists(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    return file.exists() and (not anchor or anchor in anchors(file))


def bold(page: Path) -> set[str]:
    """What a page says in bold: labels of the user interface."""
    return {" ".join(match[1].split()) for match in _BOLD.finditer(prose(page))}


def drawn_texts(panels: Iterable[Path]) -> set[str]:
    """Texts that panels draw under another name than the property's or operator's own."""
    found: set[str] = set()
    for path in panels:
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.keyword) and node.arg == "text":
                found.update(_strings(node.value))
            elif isinstance(node, ast.Tuple) and _pairs_a_label(node):
                found.update(_strings(node.elts[0]))
    return found


def _pairs_a_label(node: ast.Tuple) -> bool:
    """Whether it is a label and what belongs to it, drawn in a loop; not a row of names."""
    return len(node.elts) == 2 and not isinstance(node.elts[1], ast.Constant)


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def labels_of(classes: Iterable[Any]) -> set[str]:
    """Labels of registered classes: their own, their fields', their choices'."""
    found: set[str] = set()
    for each in classes:
        found |= {getattr(each, name, "") for name in ("bl_label", "bl_category")}
        inherited = set(each.bl_rna.base.properties.keys())
        for name, field in _fields(each).items():
            if name not in inherited:
                found.add(field.name)
                found |= {item.name for item in getattr(field, "enum_items", ())}
    return found - {""}


def _fields(each: Any) -> Any:
    """Properties of a class; an operator keeps its own apart."""
    if "." in (name := getattr(each, "bl_idname", "")):
        import bpy

        space, _, operator = name.partition(".")
        return getattr(getattr(bpy.ops, space), operator).get_rna_type().properties
    return each.bl_rna.properties


def quoted_messages(page: Path) -> list[str]:
    """Messages in the first column of a page's tables; … stands for what differs."""
    cells = re.findall(r"^\| (`.*?`) \|", page.read_text("utf-8"), re.MULTILINE)
    return [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]


def texts(addon: Path) -> str:
    """Every text in the add-on's source, one a line; what is filled in at run time is …"""
    found: list[str] = []
    for path in addon.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(_part(value) for value in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def _part(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) else "…"


def unknown_messages(page: Path, addon: Path) -> list[str]:
    """Messages that a page quotes and the add-on does not have."""
    known = texts(addon)
    return [each for each in quoted_messages(page) if not _occurs(each, known)]


def _occurs(message: str, known: str) -> bool:
    """Whether one line has all the message's parts in their order."""
    parts = message.split("…")
    desired, longest = re.compile(".*".join(map(re.escape, parts))), max(parts, key=len)
    return any(desired.search(line) for line in _lines_with(longest, known))


def _lines_with(part: str, text: str) -> Iterator[str]:
    """Lines that hold it, which are few, and quickly found."""
    at = text.find(part)
    while at >= 0:
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        yield text[text.rfind("\n", 0, at) + 1 : end]
        at = text.find(part, end + 1)
