"""The page Inside: the canvas, channels switched off, sorting, one channel, and the arithmetic behind one number."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.app_pages.activations import canvas, switching, wall
from dashboard.app_pages.activations import results as activations_results
from dashboard.app_pages.activations import views as activations_views
from dashboard.app_pages.activations import views as shown
from dashboard.drawing.look import Look
from dashboard.services import explanations, networks
from dashboard.tasks.task import View
from dashboard.widgets import canvas as canvas_widget
from dashboard.widgets.arithmetic import Working, block_end, data_of, work_out
from dashboard.widgets.canvas import stops_of
from dashboard.widgets.diagram import PICTURE
from interp.render import DEFAULT_PALETTES, palette_stops
from tests.dashboard.cards import SMALL_DETECTOR, SMALL_POSE
from tests.support.screen import run_of

OpenPage = Callable[..., AppTest]
SIDE = 48


def seen_by(name: str) -> shown.Seen:
    """What a network that reads expressions makes of a made-up picture."""
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    photo = np.zeros((SIDE, SIDE, 3), np.uint8)
    subject = SimpleNamespace(image=photo, title="made up", network_name=name)
    view = View("expression", pixels, np.eye(2, 3, dtype=np.float32), "made up", "the face", photo)
    network = networks.network(name)
    maps = interp.all_activations(network, pixels)
    return shown.Seen(subject, view, network, maps)  # type: ignore[arg-type]


def work(seen: shown.Seen, layer: str, place: tuple[int, int, int]) -> Working | str:
    def ask(*place: object) -> object:
        return interp.arithmetic(seen.network, seen.pixels, *place)

    return work_out(seen.network, seen.maps, seen.pixels, layer, place, ask)


@pytest.fixture(scope="module")
def seen() -> shown.Seen:
    return seen_by("emotion")


@pytest.fixture(autouse=True)
def no_run_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    activations_results.channel_dreams.clear()


def sum_of(working: Working) -> float:
    return sum(part.share for part in working.parts) + working.rest[1]


# The numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", ["conv1_1", "norm2_2", "relu3_1", "relu4_2"])
def test_parts_steps_and_the_networks_own_number_agree(seen: shown.Seen, layer: str) -> None:
    channel = shown.strongest(seen.maps[layer])
    values = seen.maps[layer][..., channel]
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    working = work(seen, layer, (channel, int(row), int(column)))
    assert isinstance(working, Working)
    assert working.value == values[row, column] != 0
    total = float(working.lines[0][1].replace("−", "-"))
    assert sum_of(working) == pytest.approx(total, rel=1e-3)
    result = float(working.lines[-1][1].split("=")[-1].replace("−", "-"))
    assert result == pytest.approx(working.value, rel=1e-3)
    assert layer in working.lines[-1][0].replace("\u200b", "") or layer.startswith("conv")


def test_the_window_is_walked_over_the_numbers_that_the_network_saw(seen: shown.Seen) -> None:
    """What the browser computes from the data, place by place, is what the network has there."""
    working = work(seen, "conv1_1", (5, 20, 20))
    assert isinstance(working, Working)
    assert working.stride == (1, 1)
    (part,) = working.parts
    assert part.kernel is not None
    for row, column in ((0, 0), (7, 31), (47, 47)):
        window = [
            part.values[y, x] if 0 <= y < SIDE and 0 <= x < SIDE else 0.0
            for y in working.rows + (row - 20)
            for x in working.columns + (column - 20)
        ]
        assert np.dot(window, part.kernel.ravel()) == pytest.approx(float(working.values[row, column]), abs=1e-4)


def test_few_input_channels_are_sent_those_that_add_most(seen: shown.Seen) -> None:
    working = work(seen, "conv4_2", (0, 3, 3))
    assert isinstance(working, Working)
    shares = [abs(part.share) for part in working.parts]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) + working.rest[0] == 256


def test_pooling_shows_its_window_and_takes_the_largest(seen: shown.Seen) -> None:
    working = work(seen, "pool2", (4, 5, 6))
    assert isinstance(working, Working)
    (part,) = working.parts
    assert part.values[np.ix_(working.rows, working.columns)].max() == working.value
    assert working.pooling == "largest"


def test_a_sum_of_branches_is_told_in_a_sentence() -> None:
    seen = seen_by("emotion-residual")
    words = work(seen, "stage2_conv_add", (0, 3, 4))
    assert isinstance(words, str)
    numbers = [float(one.replace("−", "-")) for one in re.findall(r"[−\d.]+(?= \(|\.$)", words)]
    assert numbers[0] + numbers[1] == pytest.approx(numbers[2], abs=0.01)
    after = work(seen, "stage2_conv_relu", (0, 3, 4))
    assert isinstance(after, str)
    assert "works on each number by itself" in after
    looks = {signed: Look(1.0, palette, signed) for signed, palette in DEFAULT_PALETTES.items()}
    data = canvas.working_data(seen, "stage2_conv_add", (0, 3, 4), looks)
    assert data["words"] == words
    assert data["box"] == list(interp.seen_box(seen.network, "stage2_conv_add", 3, 4))


def test_a_separable_convolution_weighs_each_channels_sum() -> None:
    seen = seen_by("emotion-xception")
    working = work(seen, "block2_separable2", (3, 5, 6))
    assert isinstance(working, Working)
    for part in working.parts:
        assert part.kernel is not None
        window = part.values[np.ix_(working.rows, working.columns)]
        assert (window * part.kernel).sum() * part.weight == pytest.approx(part.share, abs=1e-4)
    assert sum_of(working) == pytest.approx(working.value, rel=1e-3)


def test_the_browser_gets_plain_numbers_and_few(seen: shown.Seen) -> None:
    working = work(seen, "conv2_1", (0, 3, 4))
    assert isinstance(working, Working)
    stops = {signed: palette_stops("blue-red" if signed else "inferno") for signed in (False, True)}
    spans = networks.seen_spans("emotion", working.source, (SIDE, SIDE))
    data = data_of(
        working,
        background=np.zeros((96, 96, 3), np.uint8),
        side=(SIDE, SIDE),
        spans=spans,
        box=(0, 0, 9, 9),
        stops=stops,
    )
    sent = sum(len(part["map"]["values"]) for part in data["parts"])
    assert sent <= 24_000
    assert data["output"]["values"][3 * 24 + 4] == pytest.approx(working.value, rel=1e-3)
    assert data["picture"].startswith("data:image/jpeg;base64,")
    rows, columns = data["spans"]["rows"], data["spans"]["columns"]
    left, top, width, height = interp.seen_box(seen.network, working.source, 2, 23)
    assert (rows[2], columns[23]) == ((top, top + height - 1), (left, left + width - 1))


# The diagram ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["emotion", "emotion-columns", "emotion-xception"])
def test_every_layer_has_a_card_a_thumbnail_and_a_place_of_its_own(name: str) -> None:
    seen = seen_by(name)
    cards = shown.cards_of(seen)
    assert [card.name for card in cards] == [PICTURE, *(layer.name for layer in seen.network.layers)]
    assert len({(card.column, card.lane) for card in cards}) == len(cards)
    by_name = {card.name: card for card in cards}
    assert all(by_name[source].column < card.column for card in cards for source in card.sources)
    assert not by_name["logits"].is_pickable
    picture = shown.sprite(seen, cards)
    assert picture.shape == (56, 56 * len(cards), 3)


def test_the_two_columns_run_in_two_lanes() -> None:
    lanes = {card.name: card.lane for card in shown.cards_of(seen_by("emotion-columns"))}
    first, second = ({lane for name, lane in lanes.items() if name.startswith(f"column{number}_")} for number in (1, 2))
    assert len(first) == len(second) == 1
    assert first != second


# The canvas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["emotion", "emotion-residual"])
def test_layers_go_from_edges_to_the_whole_by_what_they_see(name: str) -> None:
    seen = seen_by(name)
    stops = stops_of(seen.network, seen.maps, (SIDE, SIDE))
    assert list(dict.fromkeys(stop.zone for stop in stops)) == ["Edges", "Parts", "The whole"]
    assert stops[0].sees == "3×3 px"
    assert stops[-1].sees == "sees all"
    assert all(stop.thumbnail.shape == (56, 56, 3) for stop in stops)


def test_a_channel_leaves_its_block_behind_its_activation() -> None:
    network = networks.network("emotion")
    assert block_end(network, "conv1_1") == block_end(network, "relu1_1") == "relu1_1"
    assert block_end(networks.network("emotion-residual"), "stage2_conv_add") == "stage2_conv_relu"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was sent to the browser for the canvas, each time it was drawn."""
    sent: list[dict[str, Any]] = []
    draw = canvas_widget._component
    monkeypatch.setattr(canvas_widget, "_component", lambda **settings: (sent.append(settings), draw(**settings)))
    return sent


def test_a_channel_is_switched_off_and_the_answer_moves(open_page: OpenPage, drawn: list[dict[str, Any]]) -> None:
    app = open_page("activations", layer="conv4_2")
    assert all(bar["before"] is None for bar in drawn[-1]["data"]["strip"]["answer"]["bars"])
    app.get_by_key(switching.CHANGE).set_value("ten_off").run()
    assert not app.exception
    data = drawn[-1]["data"]
    assert data["said"].startswith("10 channels of conv4_2 are switched off: happy ")
    assert len(data["wall"]["changed"]) == 10
    bars = {bar["name"]: bar for bar in data["strip"]["answer"]["bars"]}
    assert bars["Happy"]["before"] == pytest.approx(0.95, abs=0.01), (
        "as on the other pages, the mirror image averaged in"
    )
    assert bars["Happy"]["share"] < bars["Happy"]["before"] - 0.02
    assert sum(bar["share"] for bar in bars.values()) == pytest.approx(1, abs=1e-4)


def test_what_carries_the_answer_is_found_by_switching_each_channel_off(open_page: OpenPage) -> None:
    app = open_page("activations", layer="conv4_2")
    app.button(key="start_drops").click().run()
    run = run_of(app, switching.DROPS)
    run.join(60)
    app.run()
    assert not app.exception
    network, picture = networks.network("emotion"), app.session_state["current_photo"]
    assert picture.name == "Astronaut"
    best = int(run.result.argmax())
    assert any(f"Channel {best} carries “happy” most" in words.value for words in app.markdown)
    assert len(run.result) == network.layer("relu4_2").channels


def test_words_on_channels_follow_from_what_was_measured() -> None:
    before, after = {"happy": 0.9, "sad": 0.1}, {"happy": 0.3, "sad": 0.7}
    say = switching.say_switched
    assert say(switching.Switched((3,), 0, before, after, True), "conv1") == (
        "Channel 3 of conv1 is switched off: happy falls from 90 % to 30 %; the answer becomes sad, 70 %."
    )
    assert (
        say(switching.Switched((3, 4), 2, before, before, True), "conv1")
        == "2 channels of conv1 are doubled: happy stays at 90 %; the answer stays the same."
    )
    assert "goes from 0.5 to 0.25" in say(switching.Switched((3,), 0, {"elbow": 0.5}, {"elbow": 0.25}, False), "conv1")
    goal = SimpleNamespace(quoted="“happy”")
    assert "1 of 2 channels count against it" in switching.say_drops(np.array([0.5, -0.1]), goal)  # type: ignore[arg-type]
    assert "No channel carries “happy”" in switching.say_drops(np.array([0.0, -0.1]), goal)  # type: ignore[arg-type]


# The page ------------------------------------------------------------------------------------------------------------


def test_channels_are_sorted_three_ways(open_page: OpenPage) -> None:
    app = open_page("activations", layer="conv2_1")
    for sort in ("strength", "importance", "index"):
        app.get_by_key(activations_views.SORT).set_value(sort).run()
        assert not app.exception
        assert ("Importance" in [metric.label for metric in app.metric]) is (sort == "importance")


def test_order_follows_strength_and_importance() -> None:
    maps = np.zeros((2, 2, 3), np.float32)
    maps[0, 0] = (1, -5, 2)
    assert shown.order_of(maps, "index", None).tolist() == [0, 1, 2]
    assert shown.order_of(maps, "strength", None).tolist() == [1, 2, 0]
    assert shown.order_of(maps, "importance", np.array([0.1, 0.0, 0.3])).tolist() == [2, 0, 1]


@pytest.mark.parametrize("channels", [1, 3, 32, 64, 128, 200, 256])
def test_wall_holds_every_map_at_its_region(channels: int) -> None:
    maps = np.random.default_rng(0).normal(size=(6, 5, channels)).astype(np.float32)
    columns = 12
    mosaic, is_map = wall.tiled(maps, columns)
    regions = wall.regions_of(maps.shape, columns, [str(number) for number in range(channels)])
    assert is_map.sum() == maps.size
    height, width = mosaic.shape
    for channel, region in enumerate(regions):
        top, left = round(region.top * height), round(region.left * width)
        assert np.array_equal(mosaic[top : top + 6, left : left + 5], maps[..., channel])


def test_importance_is_the_mean_of_gradient_times_activation(seen: shown.Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    from interp import Class
    from interp.passes import layer_gradients

    monkeypatch.setattr(explanations, "importance", explanations.importance.__wrapped__)
    inputs, _ = seen.network.batch(seen.pixels)
    maps, gradient, _ = layer_gradients(seen.network, inputs, Class(3), "relu4_2")
    assert shown.gains_of(seen, "relu4_2", Class(3)) == pytest.approx((maps * gradient)[0].mean(axis=(0, 1)), abs=1e-6)


def test_statistics_say_mean_extremes_and_zeros() -> None:
    found = {label: words for label, words, _ in shown.statistics(np.array([[0.0, 2.0], [0.0, -1.0]]), 0.5)}
    assert found == {"Mean": "0.25", "Largest": "2", "Smallest": "−1", "Exactly 0": "50 %", "Importance": "0.5"}


def test_a_place_is_chosen_and_its_number_worked_out(open_page: OpenPage) -> None:
    app = open_page("activations", layer="stage2_conv_add", network="emotion-residual", row="3", column="4")
    app.number_input(key=state.ROW).set_value(11).run()
    assert not app.exception
    app.selectbox(key=state.LAYER).select("stage3_conv_a").run()
    assert not app.exception
    assert app.number_input(key=state.ROW).value < 6


def test_what_a_channel_likes_is_looked_for_once(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("activations", layer="conv1_1", channel="3")
    app.button(key="start_likes").click().run()
    run = run_of(app, activations_results.CHANNEL_DREAM)
    run.join(60)
    app.run()
    assert not app.exception
    assert run.status == "done"
    assert run.result.shape == (96, 96, 1)
    assert app.get_by_key("download_likes") is not None
    app.number_input(key=state.CHANNEL).set_value(4).run()
    assert app.button(key="start_likes")
    monkeypatch.setattr(activations_results, "start_channel_dream", None)
    app.number_input(key=state.CHANNEL).set_value(3).run()
    assert app.get_by_key("download_likes") is not None


def test_looking_for_what_a_channel_likes_can_be_cancelled(open_page: OpenPage) -> None:
    app = open_page("activations", layer="conv4_1", channel="3")
    app.button(key="start_likes").click().run()
    run = run_of(app, activations_results.CHANNEL_DREAM)
    if run.is_active:
        app.button(key="cancel_likes").click().run()
    run.join(30)
    app.run()
    assert not app.exception
    assert run.status == "cancelled"
    assert app.button(key="start_likes")


@pytest.mark.parametrize("name", ["keypoints", SMALL_POSE, SMALL_DETECTOR])
def test_networks_of_every_task_are_shown(
    open_page: OpenPage, every_task: Path, drawn: list[dict[str, Any]], name: str
) -> None:
    app = open_page("activations", network=name)
    layers = app.selectbox(key=state.LAYER).options
    first, last = (next(one for one in order if "Add" not in one) for order in (layers[1:], layers[::-1]))
    for layer in (first, last):
        app.selectbox(key=state.LAYER).select(layer).run()
        assert not app.exception
    app.get_by_key(activations_views.SORT).set_value("importance").run()
    assert not app.exception
    app.get_by_key(switching.CHANGE).set_value("one_double").run()
    assert not app.exception
    assert " is doubled: " in drawn[-1]["data"]["said"]
    assert " goes from " in drawn[-1]["data"]["said"]


def test_channels_of_heat_maps_have_names(open_page: OpenPage) -> None:
    app = open_page("activations", network="pose", layer="heat_maps", channel="10")
    assert "Channel 10 (left elbow) over the person" in [words.value for words in app.subheader]
    app.selectbox(key=state.LAYER).select("up1_relu").run()
    assert "Channel 10 over the person" in [words.value for words in app.subheader]
