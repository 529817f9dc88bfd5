import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.passes import Gathering, together


def test_threads_that_take_part_share_a_batch_and_each_gets_its_own_rows():
    sizes = []

    def run(pictures, numbers):
        sizes.append(len(pictures))
        return [pictures * 2, numbers + 1]

    gathering = Gathering()
    begin = threading.Barrier(4)

    def ask(index):
        with gathering.join():
            begin.wait()
            pictures = np.full((index + 1, 3), index)
            return together("double", run, 64, pictures, np.arange(index + 1))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(4)))
    assert sizes == [10]
    for index, (doubled, numbers) in enumerate(answers):
        np.testing.assert_array_equal(doubled, np.full((index + 1, 3), 2 * index))
        np.testing.assert_array_equal(numbers, np.arange(index + 1) + 1)


def test_a_full_batch_does_not_wait_for_threads_that_are_busy_elsewhere():
    gathering, leave = Gathering(), threading.Event()

    def stay():
        with gathering.join():
            leave.wait(30)

    def ask():
        with gathering.join():
            return together("same", lambda pictures: [pictures], 4, np.ones((4, 2)))

    with ThreadPoolExecutor(2) as threads:
        staying, asking = threads.submit(stay), threads.submit(ask)
        assert asking.result(timeout=20)[0].shape == (4, 2)
        leave.set()
        staying.result(timeout=20)


def test_an_error_of_a_pass_reaches_all_who_asked_and_the_next_pass_goes_through():
    def fail(pictures):
        raise ValueError("no such picture")

    gathering, begin = Gathering(), threading.Barrier(3)

    def ask(run):
        with gathering.join():
            begin.wait()
            try:
                together("wrong", fail, 8, np.ones((1, 1)))
            except ValueError as error:
                return str(error), together("right", run, 8, np.ones((1, 1)))[0].sum()

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(ask, 3 * [lambda pictures: [pictures]]))
    assert answers == 3 * [("no such picture", 1.0)]


@pytest.mark.parametrize("count", [1, 8, 9])
def test_without_a_gathering_a_pass_goes_through_in_parts(count):
    sizes = []

    def run(pictures):
        sizes.append(len(pictures))
        return (pictures,)

    (answer,) = together("alone", run, 8, np.arange(count))
    np.testing.assert_array_equal(answer, np.arange(count))
    assert max(sizes) <= 8
    assert sum(sizes) == count
