"""Everything of ours is found: in menus, under shortcuts, in the manual."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import bpy
import pytest

from backend.manual.pages import Page, read_pages, write_manual
from blender_addon.core.manual import split_place

pytestmark = [pytest.mark.blender, pytest.mark.smoke]

OURS = "blender_addon."


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.name: page for page in read_pages()}


@pytest.fixture
def manual(tmp_path, monkeypatch):
    """The manual as in the zip, and what a browser is asked to open."""
    from blender_addon.blender.ui import help as ui_help

    write_manual(tmp_path / "manual", "1.2.3")
    monkeypatch.setattr(ui_help, "MANUAL", tmp_path / "manual")
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address, *_rest: opened.append(address))
    return opened


class Drawn:
    """A layout that keeps the names of what is drawn, menus and what is in them among it."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.menus: list[str] = []

    def operator(self, name: str, **_look: object) -> None:
        assert getattr(bpy.ops.neural_motion, name.partition(".")[2]).get_rna_type()
        self.operators.append(name)

    def operator_menu_enum(self, name: str, question: str) -> None:
        fields = getattr(bpy.ops.neural_motion, name.partition(".")[2]).get_rna_type().properties
        assert fields[question].type == "ENUM"
        self.operators.append(name)

    def separator(self) -> None:
        pass

    def menu(self, name: str, **_look: object) -> None:
        self.menus.append(name)
        menu = getattr(bpy.types, name)
        if name.startswith(("NEURALMOTION_MT_subject", "NEURALMOTION_MT_main")):
            menu.draw(self, bpy.context)

    @property
    def layout(self) -> Drawn:
        return self


def our_operators():
    return [
        each
        for each in bpy.types.Operator.__subclasses__()
        if each.__module__.startswith(OURS) and each.is_registered
    ]


def test_every_operator_for_the_user_is_in_our_menus_once(addon):
    drawn = Drawn()
    drawn.menu("NEURALMOTION_MT_main")
    bpy.types.NEURALMOTION_MT_add.draw(drawn, bpy.context)
    for_users = {e.bl_idname for e in our_operators() if "INTERNAL" not in e.bl_options}
    assert len(for_users) > 20
    assert sorted(drawn.operators) == sorted(for_users)
    assert "NEURALMOTION_MT_joint_presets" in drawn.menus


def drawn_into(name):
    """Our functions that Blender calls when it draws one of its menus."""
    functions = getattr(getattr(bpy.types, name).draw, "_draw_funcs", ())
    return [each for each in functions if each.__module__.startswith(OURS)]


def test_our_menus_hang_in_blenders_and_go_with_the_extension(scene):
    import blender_addon

    places = (
        "VIEW3D_MT_add", "VIEW3D_MT_object", "VIEW3D_MT_pose", "DOPESHEET_MT_key", "GRAPH_MT_key",
        "VIEW3D_MT_object_context_menu", "VIEW3D_MT_pose_context_menu", "UI_MT_button_context_menu",
        "TOPBAR_MT_file_import",
    )  # fmt: skip
    for _ in range(2):
        blender_addon.register()
        counts = [len(drawn_into(place)) for place in places]
        blender_addon.unregister()
        assert counts == [1] * len(places)
        assert [len(drawn_into(place)) for place in places] == [0] * len(places)


def test_a_motion_is_imported_from_blenders_file_menu(addon):
    drawn = Drawn()
    for draw in drawn_into("TOPBAR_MT_file_import"):
        draw(drawn, bpy.context)
    assert drawn.operators == ["neural_motion.drop_motion"]


def lines():
    keymaps = bpy.context.window_manager.keyconfigs.addon.keymaps
    items = keymaps["3D View"].keymap_items if "3D View" in keymaps else ()
    return [item for item in items if item.idname.startswith("neural_motion.")]


def test_every_operator_for_the_user_has_a_line_without_a_key(scene):
    import blender_addon

    assert lines() == []
    blender_addon.register()
    for_users = {e.bl_idname for e in our_operators() if "INTERNAL" not in e.bl_options}
    found = [(line.idname, line.type) for line in lines()]
    blender_addon.unregister()
    assert sorted(found) == sorted((name, "NONE") for name in for_users)
    assert lines() == []


def test_every_panel_leads_to_a_heading_of_the_manual(addon, pages):
    from blender_addon.capabilities import classes
    from blender_addon.capabilities.found import place_of

    panels = [each for each in classes() if issubclass(each, bpy.types.Panel)]
    assert len(panels) > 20
    for panel in panels:
        page, anchor = split_place(place_of(panel))
        assert page in pages, f"{panel.__name__}: docs/{page}.md is missing"
        assert anchor in pages[page].anchors, f"{panel.__name__}: no heading #{anchor} in {page}.md"


def test_every_panel_of_ours_has_a_question_mark(addon):
    from blender_addon.blender.ui.common import InTab
    from blender_addon.capabilities import classes

    for panel in (each for each in classes() if issubclass(each, bpy.types.Panel)):
        assert issubclass(panel, InTab), panel.__name__
        own = "draw_header_preset" in vars(panel)
        assert not own or panel.__name__ == "NEURALMOTION_PT_joints"


def test_the_question_mark_opens_the_page(addon, manual):
    assert bpy.ops.neural_motion.open_manual(panel="NEURALMOTION_PT_arrival") == {"FINISHED"}
    assert bpy.ops.neural_motion.open_manual() == {"FINISHED"}
    assert [each.rpartition("/")[2] for each in manual] == [
        "walk.html#target-stand-arrival",
        "index.html",
    ]
    assert manual[0].startswith("file:///")


def test_without_a_manual_it_says_so(addon, manual, monkeypatch):
    from blender_addon.blender.ui import help as ui_help

    monkeypatch.setattr(ui_help, "MANUAL", Path("/nowhere"))
    with pytest.raises(RuntimeError, match=r"There is no manual in .*Install Neural Motion's zip"):
        bpy.ops.neural_motion.open_manual(panel="NEURALMOTION_PT_walk")
    assert manual == []


def test_no_page_leads_out_of_the_manual():
    for place in ("../secret", "a/b", "", "/etc/passwd#x", "C:x"):
        with pytest.raises(ValueError, match="no page's name"):
            split_place(place)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("bpy.types.NEURALMOTION_PG_walk.speed", "walk.html#label-speed"),
        ("bpy.ops.neural_motion.generate_walk", "walk.html#label-generate-walk"),
        ("bpy.ops.neural_motion.add_path.length", "walk.html#label-add-path"),
        ("bpy.types.NEURALMOTION_PG_crowd_member.path", "several-characters.html"),
        ("bpy.types.NEURALMOTION_PG_unheard_of.thing", "index.html"),
        ("bpy.ops.neural_motion.unheard_of", "index.html"),
        ("bpy.types.Object.location", None),
    ],
)
def test_f1_finds_what_is_ours_and_leaves_the_rest(addon, manual, name, ending):
    from bl_operators.wm import WM_OT_doc_view_manual

    address = WM_OT_doc_view_manual._lookup_rna_url(name, verbose=False)
    if ending is None:
        assert "docs.blender.org" in address
    else:
        assert address.partition("/manual/")[2].startswith(ending)


def test_f1_leads_to_pages_that_exist(addon, manual):
    from blender_addon.blender.ui import help as ui_help

    prefix, pairs = ui_help.manual_map()
    assert len(pairs) > 200
    for _, ending in pairs:
        page, _, _ = ending.partition("#")
        assert (ui_help.MANUAL / page).is_file()
    assert prefix == ui_help.MANUAL.as_uri() + "/"
    bold = sum(f'id="{e.partition("#")[2]}"' in _text(e) for _, e in pairs if "#label-" in e)
    assert bold > 0.5 * len(pairs)  # most fields are explained by name, the rest on their page


def _text(ending):
    from blender_addon.blender.ui import help as ui_help

    return (ui_help.MANUAL / ending.partition("#")[0]).read_text("utf-8")
