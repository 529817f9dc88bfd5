"""Where the layers of a network stand in its diagram."""

from dashboard.widgets.diagram import Card, arrange


def card(name: str, *sources: str) -> Card:
    return Card(name, "Conv2D", "1×1×1", 0, sources)


def places(*cards: Card) -> dict[str, tuple[int, int]]:
    return {one.name: (one.column, one.lane) for one in arrange(cards)}


def test_a_chain_runs_in_one_lane() -> None:
    assert places(card("a"), card("b", "a"), card("c", "b")) == {"a": (0, 0), "b": (1, 0), "c": (2, 0)}


def test_a_skip_leaves_the_longer_way_in_the_first_lane() -> None:
    found = places(card("a"), card("b", "a"), card("c", "b"), card("sum", "c", "a"), card("d", "sum"))
    assert [lane for _, lane in found.values()] == [0] * 5
    assert found["sum"] == (3, 0)


def test_a_shortcut_has_a_lane_until_it_comes_back_and_the_next_one_shares_it() -> None:
    found = places(
        card("a"),
        card("b", "a"),
        card("c", "b"),
        card("short", "a"),
        card("sum", "c", "short"),
        card("d", "sum"),
        card("e", "d"),
        card("short2", "sum"),
        card("sum2", "e", "short2"),
    )
    assert found["short"] == (1, 1)
    assert found["short2"] == (4, 1)
    assert found["sum"] == (3, 0)


def test_two_columns_keep_their_lanes_and_no_place_is_taken_twice() -> None:
    found = places(
        card("in"),
        *(card(f"l{n}", f"l{n - 1}" if n else "in") for n in range(4)),
        *(card(f"r{n}", f"r{n - 1}" if n else "in") for n in range(3)),
        card("both", "l3", "r2"),
    )
    assert {found[f"l{n}"][1] for n in range(4)} == {0}
    assert {found[f"r{n}"][1] for n in range(3)} == {1}
    assert len(set(found.values())) == len(found)


def test_a_branch_that_waits_long_stands_where_it_joins() -> None:
    chain = [card("in"), card("l0", "in"), *(card(f"l{n}", f"l{n - 1}") for n in range(1, 15))]
    found = places(*chain, card("skip", "l1"), card("skip2", "skip"), card("sum", "l14", "skip2"))
    assert found["sum"] == (16, 0)
    assert found["skip"] == (14, 1)
    assert found["skip2"] == (15, 1)


def test_answers_beside_another_stand_behind_it_while_there_is_room() -> None:
    found = places(
        card("in"),
        card("s1", "in"),
        card("s2", "s1"),
        card("s3", "s2"),
        card("scores", "s3"),
        card("h1", "in"),
        card("h2", "h1"),
        card("boxes", "h2"),
        card("marks", "h2"),
        card("angles", "h2"),
        card("sizes", "h2"),
    )
    assert found["scores"] == (4, 0)
    assert found["boxes"] == (3, 1)
    assert found["marks"] == (4, 1)
    assert found["angles"] == (5, 1)  # one column more than the longest way has
    assert found["sizes"][1] == 2
    assert len(set(found.values())) == len(found)
