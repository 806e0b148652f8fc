"""``video`` from the command line, with the models of the product."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon import cli
from blender_addon.blender.compat import sequence_strips
from tests.shared.blender.builders import bone_heads, make_rig
from tests.video.film.made_films import write_film

pytestmark = pytest.mark.blender


@pytest.fixture
def given(addon, tmp_path):
    """A saved file with somebody in it."""
    make_rig(root_bone=True)
    addon.render.fps = 24
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "in.blend"))
    return tmp_path


def run(folder, film, *options):
    """Exit code of the command."""
    places = ("--blend", folder / "in.blend", "--out", folder / "out.blend", "--overwrite")
    given = ["video", "--rig", "Rig", "--film", film, *places, *options]
    return cli.run([str(each) for each in given])


@pytest.mark.data
@pytest.mark.slow
def test_a_person_in_a_film_moves_a_character(given, data_dir, capsys):
    film = data_dir / "pose_clips" / "front.mp4"
    assert run(given, film, "--frame", "1", "--lens", "50", "--range", "1:24") in {0, 3}
    said = capsys.readouterr().out
    assert "'Rig Video': frames 1 to 24, 24 of 24 pictures found" in said
    assert "Execution provider CPU" in said
    bpy.ops.wm.open_mainfile(filepath=str(given / "out.blend"))
    rig = bpy.data.objects["Rig"]
    heights = []
    for frame in (1, 8, 16, 24):
        bpy.context.scene.frame_set(frame)
        hips, head = bone_heads(rig, ["Hips", "Head"])
        heights.append(head[2] - hips[2])
    assert min(heights) > 0.4  # upright throughout


@pytest.mark.parametrize(
    ("film", "options", "says"),
    [
        ("none.mp4", (), "there is no film"),
        ("strip:Take", (), "no strip 'Take'"),
        ("clip:Take", (), "no movie clip 'Take'"),
        ("film.mp4", ("--range", "900:901"), "Choose another part"),
        ("film.mp4", ("--camera", "Camera", "--lens", "35"), "give --camera, or numbers"),
        ("film.mp4", ("--camera", "None"), "None"),
        ("film.mp4", ("--film-rate", "-1"), "--film-rate is -1"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_saved(given, capsys, film, options, says):
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.ops.wm.save_as_mainfile(filepath=str(given / "in.blend"))
    write_film(given / "film.mp4", count=4)
    path = film if ":" in film else given / film
    assert run(given, path, *options) == 1
    told = capsys.readouterr()
    assert says in told.out + told.err
    assert not (given / "out.blend").exists()


@pytest.mark.parametrize("person", ["0.5", "2,0", "0.5,0.5,-1", "a,b"])
def test_a_person_is_a_point_in_a_picture(given, capsys, person):
    with pytest.raises(SystemExit, match="2"):
        run(given, given / "film.mp4", "--person", person)
    assert "expected X,Y or X,Y,PICTURE" in capsys.readouterr().err


@pytest.mark.slow
def test_a_film_without_anybody_says_so(given, capsys):
    editor = bpy.context.scene.sequence_editor_create()
    film = write_film(given / "film.mp4", count=12)
    sequence_strips(editor).new_movie("Bars", str(film), 1, 1)
    bpy.ops.wm.save_as_mainfile(filepath=str(given / "in.blend"))
    assert run(given, "Bars") == 1
    told = capsys.readouterr()
    assert "nobody" in told.out + told.err
    assert np.isfinite(bpy.context.scene.frame_current)
