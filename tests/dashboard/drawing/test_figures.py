"""Charts and the colour bar."""

from dashboard.drawing import figures

SHARES = {"angry": 0.1, "happy": 0.7, "sad": 0.2}


def test_bars_keep_the_networks_order_and_accent_the_winner() -> None:
    figure = figures.probabilities(SHARES, "happy", threshold=0.6)
    strongest, others, line = figure.data
    assert list(strongest.y) == ["Happy"]
    assert list(others.y) == ["Angry", "Sad"]
    assert list(figure.layout.yaxis.categoryarray) == ["Angry", "Happy", "Sad"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert set(line.x) == {0.6}
    assert line.y == ("Angry", "Happy", "Sad")


def test_bars_name_no_colour_so_that_the_theme_does() -> None:
    for trace in figures.probabilities(SHARES, "happy").data:
        assert trace.marker.color is None


def test_the_line_of_the_threshold_runs_through_no_number() -> None:
    figure = figures.probabilities({"angry": 0.2, "sad": 0.45, "happy": 0.6, "fear": 0.05}, "happy", threshold=0.54)
    line = figure.data[-1]
    assert line.y == ("Angry", None, "Happy", "Fear")
    assert set(line.x) == {0.54}


def test_colour_bar_names_its_ends_and_escapes_its_title() -> None:
    html = figures.colour_bar([(0.0, "#000000"), (1.0, "#ffffff")], -2, 2, "What <speaks> for “sad”")
    assert "−2" in html
    assert "&lt;speaks&gt;" in html
    assert "<speaks>" not in html
    assert "#000000 0.0%, #ffffff 100.0%" in html


def test_colour_bar_says_what_its_ends_stand_for() -> None:
    html = figures.colour_bar([(0.0, "#000000"), (1.0, "#ffffff")], -2, 2, "Score", ("against “sad”", "for <sad>"))
    assert "from −2 (against “sad”) to 2 (for &lt;sad&gt;)" in html
    assert html.count("against “sad”") == 2
