"""Whom the network sides with, on votes made by hand."""

import numpy as np
import pytest

from models.emotion import EXPRESSIONS
from models.emotion.training.voters import COLUMNS, VOTE_NAMES, compare_with_voters, crowd_choice

ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)


def ballot(**votes):
    return [votes.get(name, 0) for name in VOTE_NAMES]


def sure(answers):
    return np.eye(7, dtype=np.float32)[answers] * 0.94 + 0.01


def test_the_columns_of_the_votes_are_those_of_the_expressions():
    meant = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    assert tuple(VOTE_NAMES[column] for column in COLUMNS) == meant


def test_the_crowd_chooses_by_most_votes_and_ties_choose_nothing():
    votes = np.array(
        [
            ballot(happiness=6, neutral=4),
            ballot(happiness=5, neutral=5),
            ballot(contempt=7, neutral=3),
            ballot(anger=3, fear=2, sadness=2, surprise=2),
        ]
    )
    crowd, is_tie = crowd_choice(votes)
    assert crowd.tolist() == [HAPPY, -1, -1, ANGRY]
    assert is_tie.tolist() == [False, True, False, False]


@pytest.fixture
def comparison():
    rows = [
        # label, answer, votes
        (HAPPY, HAPPY, ballot(happiness=10)),  # all agree
        (FEAR, SURPRISE, ballot(surprise=8, fear=2)),  # an error by the label, not by the crowd
        (FEAR, FEAR, ballot(surprise=6, fear=4)),  # with the label, against the crowd
        (SAD, ANGRY, ballot(neutral=4, sadness=3, anger=3)),  # with neither; not a clear row
        (ANGRY, NEUTRAL, ballot(anger=9, neutral=1)),  # an error by both
        (SAD, NEUTRAL, ballot(neutral=5, sadness=5)),  # the crowd has no choice
        (NEUTRAL, SAD, ballot(contempt=8, neutral=2)),  # the crowd chooses none of the seven
        (NEUTRAL, HAPPY, ballot()),  # nobody voted
    ]
    labels, answers, votes = zip(*rows, strict=True)
    return compare_with_voters(sure(list(answers)), np.array(labels, np.uint8), np.array(votes, np.uint8), EXPRESSIONS)


def test_rows_are_counted_by_what_the_crowd_chose(comparison):
    assert comparison["faces"] == 7
    assert comparison["undecided"] == pytest.approx(1 / 7)
    assert comparison["outside"] == pytest.approx(1 / 7)
    assert comparison["decided"]["faces"] == 5
    assert comparison["clear"]["faces"] == 4
    assert comparison["clear"]["share"] == pytest.approx(4 / 7)


def test_agreement_of_label_network_and_crowd(comparison):
    assert comparison["decided"]["label_and_crowd"] == pytest.approx(2 / 5)
    assert comparison["decided"]["network_and_label"] == pytest.approx(2 / 5)
    assert comparison["decided"]["network_and_crowd"] == pytest.approx(2 / 5)
    assert comparison["clear"]["network_and_crowd"]["accuracy"] == pytest.approx(2 / 4)
    assert comparison["clear"]["label_and_crowd"] == pytest.approx(2 / 4)


def test_sides_where_label_and_crowd_differ(comparison):
    assert comparison["sides"] == pytest.approx(
        {"faces": 3, "with_label": 1 / 3, "with_crowd": 1 / 3, "with_neither": 1 / 3}
    )


def test_errors_by_whom_the_crowd_sides_with(comparison):
    assert comparison["errors"] == pytest.approx(
        {
            "faces": 5,
            "crowd_with_network": 1 / 5,
            "crowd_with_label": 1 / 5,
            "crowd_elsewhere": 2 / 5,
            "crowd_without_choice": 1 / 5,
        }
    )


def test_agreement_of_the_crowd_with_each_label(comparison):
    assert comparison["per_class"]["fear"] == {"faces": 2, "label_and_crowd": 0}
    assert comparison["per_class"]["happy"] == {"faces": 1, "label_and_crowd": 1}
    assert comparison["per_class"]["disgust"] == {"faces": 0, "label_and_crowd": None}


def test_a_network_that_says_the_shares_of_the_votes_has_no_divergence():
    votes = np.array([ballot(happiness=5, neutral=5), ballot(anger=10)], np.uint8)
    shares = np.zeros((2, 7), np.float32)
    shares[0, [HAPPY, NEUTRAL]] = 0.5
    shares[1, ANGRY] = 1
    result = compare_with_voters(shares, np.array([HAPPY, ANGRY]), votes, EXPRESSIONS)
    assert result["kl_divergence"] == pytest.approx(0, abs=1e-6)
    assert result["votes_entropy"] == pytest.approx(np.log(2) / 2)
    assert result["cross_entropy"] == pytest.approx(np.log(2) / 2)


def test_without_votes_there_is_nothing_to_compare():
    assert compare_with_voters(sure([0]), np.array([0]), np.zeros((1, 10), np.uint8), EXPRESSIONS) is None
