"""The Video panel: reasons, the button, pins, the person, the preview, a film dropped."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.rig.standing import StandingPlace  # noqa: E402
from blender_addon.capabilities.video import fitted as fitted_module  # noqa: E402
from blender_addon.capabilities.video import opening  # noqa: E402
from blender_addon.capabilities.video.fitted import camera_in_scene  # noqa: E402
from blender_addon.capabilities.video.pin_operators import find_pin, set_pin, take_out  # noqa: E402
from blender_addon.capabilities.video.preview import camera as preview  # noqa: E402
from blender_addon.capabilities.video.preview.film import ShownFilm  # noqa: E402
from blender_addon.capabilities.video.preview.following import stand  # noqa: E402
from blender_addon.capabilities.video.preview.image import film_image, shows_film  # noqa: E402
from blender_addon.capabilities.video.preview.placing import fitted  # noqa: E402
from blender_addon.capabilities.video.preview.watched import (  # noqa: E402
    picture_of,
    seen_picture,
    stop_watching,
    watch,
)
from blender_addon.capabilities.video.properties import (  # noqa: E402
    chosen_video,
    reason_not_to_generate,
)
from blender_addon.capabilities.video.solved import solved_of  # noqa: E402
from blender_addon.core.video.camera import FilmCamera  # noqa: E402
from blender_addon.core.video.points import JOINTS  # noqa: E402
from blender_addon.core.video.tracked import Seen  # noqa: E402
from tests.shared.blender.builders import make_rig  # noqa: E402
from tests.video.film.made_films import write_images  # noqa: E402
from tests.video.scene.watching import Watcher  # noqa: E402

pytestmark = pytest.mark.blender
COUNT = 24
SIZE = (64, 48)


@pytest.fixture
def images(tmp_path):
    return str(write_images(tmp_path / "shots", range(COUNT), SIZE))


@pytest.fixture
def rig(addon, images):
    """Chosen, with a film of numbered pictures."""
    armature = make_rig(root_bone=True)
    addon.neural_motion.character = armature
    film = armature.neural_motion.video.film
    film.source, film.sequence = "SEQUENCE", images
    return armature


@pytest.fixture
def watcher(monkeypatch):
    """Instead of networks."""
    made = Watcher()
    monkeypatch.setattr(opening, "open_video", lambda *_: (made, (SimpleNamespace(name="none"),)))
    monkeypatch.setattr("blender_addon.core.jobs.Outcome.describe", lambda _: "nothing")
    return made


def generate(operator="generate_video", **options):
    try:
        result = getattr(bpy.ops.neural_motion, operator)(**options)
    except RuntimeError as error:
        return str(error)
    return "" if result == {"FINISHED"} else str(result)


def test_each_reason_not_to_generate_is_told(addon, images):
    context = bpy.context
    assert "Choose a character" in reason_not_to_generate(context)
    armature = make_rig()
    addon.neural_motion.character = armature
    video = chosen_video(context)
    for source, reason in (
        ("FILE", "Choose a movie file"),
        ("CLIP", "Choose a movie clip"),
        ("SEQUENCE", "Choose one of the numbered pictures"),
        ("STRIP", "Choose a movie strip of the sequencer"),
    ):
        video.film.source = source
        assert reason_not_to_generate(context) == reason
        assert reason in generate()
    video.film.source, video.film.sequence = "SEQUENCE", images
    assert reason_not_to_generate(context) is None
    video.camera_kind = "SCENE"
    assert "camera that took the film" in reason_not_to_generate(context)
    video.scene_camera = bpy.data.objects.new("Seen", bpy.data.cameras.new("Seen"))
    assert reason_not_to_generate(context) is None


def test_the_button_writes_an_action_and_keeps_what_came_of_it(rig, watcher):
    assert generate() == ""
    video = rig.neural_motion.video
    assert rig.animation_data.action.name == "Rig Video"
    assert f"{COUNT} of {COUNT} pictures found" in video.last_result
    assert "reprojection error" in video.last_result
    assert video.made_from
    assert solved_of(rig).result.tracked.frame_count == COUNT


def test_what_is_adjusted_looks_at_the_film_once(rig, watcher):
    assert generate() == ""
    assert generate(smoothing=0.25) == ""
    assert rig.neural_motion.video.smoothing == pytest.approx(0.25)
    assert watcher.solved[-1].settings.smoothing == pytest.approx(0.25)
    assert len(watcher.read) == COUNT
    assert len([each for each in bpy.data.actions if "Video" in each.name]) == 1


def test_pins_go_into_the_film_and_are_solved_again(rig, watcher):
    assert "Generate Video first" in generate("solve_video_again")
    assert generate() == ""
    assert "No joint is pinned" in generate("solve_video_again")
    video = rig.neural_motion.video
    set_pin(video, 5, "LeftHand", 0.25, 0.5)
    set_pin(video, 5, "LeftHand", 0.5, 0.25)
    set_pin(video, 7, "RightFoot", 9.0, -9.0)
    assert [(pin.x, pin.y) for pin in video.pins] == [(0.5, 0.25), (2.0, -1.0)]
    assert generate("solve_video_again") == ""
    (hand, _) = watcher.solved[-1].pins
    assert (hand.frame, JOINTS[hand.joint], hand.point_px) == (5, "LeftHand", (32.0, 12.0))
    assert len(watcher.read) == COUNT


def test_pins_are_found_and_taken_out(rig):
    video = rig.neural_motion.video
    set_pin(video, 5, "LeftHand", 0.25, 0.5)
    set_pin(video, 6, "LeftHand", 0.25, 0.5)
    assert find_pin(video, 6, "LeftHand") == 1
    assert find_pin(video, 6, "RightHand") is None
    take_out(video, 1)
    assert [pin.frame for pin in video.pins] == [5]
    assert video.active_pin == 0
    assert generate("go_to_film_pin") == "" and bpy.context.scene.frame_current == 6
    assert generate("remove_film_pin") == "" and len(video.pins) == 0
    assert "No joint is pinned" in generate("clear_film_pins")


def test_the_person_is_picked_and_forgotten(rig, watcher):
    assert "No person was picked" in generate("clear_film_person")
    assert generate("pick_film_person", frame=3, x=0.5, y=0.75) == ""
    person = rig.neural_motion.video.person
    assert (person.is_chosen, person.frame, person.x, person.y) == (True, 3, 0.5, 0.75)
    assert generate("clear_film_person") == ""
    assert not person.is_chosen


def test_a_dropped_film_is_chosen(rig, tmp_path):
    film = rig.neural_motion.video.film
    path = tmp_path / "walk.mp4"
    path.write_bytes(b"")
    assert generate("drop_film", filepath=str(path)) == ""
    assert (film.source, film.file) == ("FILE", str(path))
    told = generate(
        "drop_film", directory=str(tmp_path), files=[{"name": "a.mp4"}, {"name": "b.mp4"}]
    )
    assert "2 films were dropped" in told
    assert film.file == str(path)


def test_the_preview_has_a_camera_and_an_image_of_its_own(rig, addon):
    taken = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    addon.collection.objects.link(taken)
    addon.camera = taken
    image = film_image(addon, rig)
    camera = preview.add_camera(bpy.context, rig, image)
    assert preview.preview_camera(addon) == camera
    assert preview.whose_preview(camera) == rig
    assert shows_film(addon, camera, rig)
    assert addon.camera == taken
    assert generate("end_film_preview") == ""
    assert preview.preview_camera(addon) is None
    assert [each.name for each in bpy.data.cameras] == ["Mine"]
    assert not [each for each in bpy.data.images if each.name == preview.NAME]
    assert "No film is previewed" in generate("end_film_preview")


def test_pictures_and_frames_belong_together():
    film = ShownFilm((768, 432), 30.0, 90, 11.0, 30.0 / 24.0)
    assert film.number_at(11.0) == 0
    assert film.number_at(12.0) == 1
    assert film.number_at(35.0) == 30
    assert (film.number_at(-5.0), film.number_at(1000.0)) == (0, 89)
    for number in range(90):
        assert film.number_at(film.frame_at(number)) in (number, number + 1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((16, 9), (0.0, 18.75, 200.0, 112.5)), ((9, 16), (57.8125, 0.0, 84.375, 150.0))],
)
def test_a_picture_lies_in_the_middle_of_the_frame(size, expected):
    found = fitted((0.0, 0.0, 200.0, 150.0), size)
    assert (found.left, found.bottom, found.width, found.height) == pytest.approx(expected)
    point = found.to_region(np.array([0.25, 0.75]))
    assert found.to_picture(*point) == pytest.approx((0.25, 0.75))
    assert found.holds(*point) and not found.holds(found.left - 1.0, point[1])


def test_what_a_tracker_sees_is_shown_at_once(rig):
    seen = watch(rig)
    landmarks = np.full((33, 2), 5.0)
    visibility = np.ones(33)
    visibility[15] = 0.2  # the left wrist
    seen.tell(4, landmarks, visibility, Seen.FOUND)
    shown = picture_of(rig, 4)
    assert shown.guessed.nonzero()[0].tolist() == [JOINTS.index("LeftHand")]
    assert picture_of(rig, 5) is None
    assert seen_picture(landmarks, visibility, Seen.GUESSED).guessed.all()
    stop_watching()
    assert picture_of(rig, 4) is None


def projected(scene, camera, points):
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    bpy.context.view_layer.update()
    found = [world_to_camera_view(scene, camera, Vector(point)) for point in points]
    return np.array([(each.x, 1.0 - each.y) for each in found])


@pytest.mark.parametrize("render", [(64, 48), (96, 96), (32, 64)])
def test_the_preview_sees_as_the_film_s_camera_saw(rig, addon, render):
    addon.render.resolution_x, addon.render.resolution_y = render
    tilt = np.radians(20.0)
    turn = np.array(
        [[1, 0, 0], [0, -np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), -np.cos(tilt)]]
    )
    film = FilmCamera(SIZE, np.array([70.0]), turn[None], np.array([[0.5, 1.5, 4.0]]))
    camera = preview.add_camera(bpy.context, rig, film_image(addon, rig))
    stand(addon, camera, film, 0)
    core = np.array([[0.0, 0.0, 0.0], [0.3, 1.2, 0.5], [-0.4, 0.8, -0.7]])
    expected = film.project(core[None])[0] / np.array(SIZE)
    there = projected(addon, camera, np.stack((core[:, 0], -core[:, 2], core[:, 1]), axis=-1))
    frame = fitted((0.0, 0.0, render[0], render[1]), SIZE)
    shown = [frame.to_picture(x * render[0], (1.0 - y) * render[1]) for x, y in there]
    assert np.abs(np.array(shown) - expected).max() < 1e-3


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_the_camera_goes_where_the_motion_is_placed(rig, watcher, scale):
    """The placed character, seen by the placed camera, lies where it lay in the film."""
    assert generate() == ""
    assert solved_of(rig).camera.frame_count == COUNT
    fit = solved_of(rig).result.fitted
    stands = StandingPlace(np.array([2.0, 0.5, -1.0]), 0.7)
    placed = fitted_module._placed(fit.clip, stands, scale, 0)
    camera = camera_in_scene(fit, stands, scale)
    before = fit.camera.project(fit.clip.root_positions[:, None])
    after = camera.project(scale * placed.root_positions[:, None])
    assert np.isfinite(before).all()
    assert np.abs(after - before).max() < 0.05
    assert not np.allclose(camera.positions_m, fit.camera.positions_m, atol=0.1)
