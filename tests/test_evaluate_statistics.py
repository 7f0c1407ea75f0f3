"""pass^k against all subsets, intervals against published values, trends against numpy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.evaluate.intervals import bootstrap, interval_of, wilson
from agentgym.evaluate.passk import Outcomes, all_pass, counted, pass_curve, pass_k
from agentgym.evaluate.published import ROWS1, ROWS2, TABLE1, TABLE2
from agentgym.evaluate.trends import Point, by_calls, trend


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.data())
def test_all_pass_is_the_share_of_subsets_that_passed_whole(passed: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(passed)))
    subsets = list(combinations(passed, k))
    expected = sum(map(all, subsets)) / len(subsets)
    assert all_pass(len(passed), sum(passed), k) == pytest.approx(expected)


@pytest.mark.parametrize(("trials", "passed", "k"), [(4, 5, 1), (4, -1, 1), (4, 2, 5), (4, 2, 0)])
def test_what_cannot_be_is_refused(trials: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="="):
        all_pass(trials, passed, k)


def test_pass_k_is_a_mean_over_tasks() -> None:
    assert pass_k([(4, 4), (4, 2)], 2) == pytest.approx((1 + 1 / 6) / 2)
    assert pass_k([(1, 1)], 2) is None
    assert pass_curve([(2, 2), (4, 2)]) == [pytest.approx(0.75), pytest.approx((1 + 1 / 6) / 2)]
    assert pass_curve([]) == []


def test_the_two_conventions_differ_by_the_errors() -> None:
    outcomes = Outcomes(trials=3, passed=3, errors=1)
    assert counted(outcomes, "failed") == (4, 3)  # as tau-bench
    assert counted(outcomes, "left out") == (3, 3)  # as tau2-bench


@pytest.mark.parametrize(
    ("passed", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055), (0, 0, 0.0, 1.0)],
)
def test_wilson_as_tables_have_it(passed: int, trials: int, low: float, high: float) -> None:
    assert wilson(passed, trials) == pytest.approx((low, high), abs=1e-4)


def test_a_bootstrap_is_the_same_every_time_and_about_as_wide_as_it_should_be() -> None:
    values = [float(place % 4 == 0) for place in range(400)]
    first = bootstrap(values, seed=1)
    assert first == bootstrap(values, seed=1) != bootstrap(values, seed=2)
    error = 1.96 * (0.25 * 0.75 / 400) ** 0.5
    assert first == pytest.approx((0.25 - error, 0.25 + error), abs=0.01)


def test_tasks_are_what_is_resampled() -> None:
    assert interval_of([[1.0] * 8, [0.0] * 8] * 10) == wilson(10, 20), "20 tasks, however often each was tried"
    assert interval_of([[1.0], [0.0]] * 10) == wilson(10, 20)
    assert interval_of([[1.0, 0.0], [0.0], [1.0]]) == bootstrap([0.5, 0.0, 1.0])
    for alike in ([1.0, 1.0], [1.0, 0.0], [0.25]):
        mean = sum(alike) / len(alike)
        assert interval_of([alike] * 5) == wilson(5 * mean, 5), "a bootstrap of what all agree on has no width"
    assert interval_of([[1.0], [], [0.0]]) == wilson(1, 2), "a task without trials says nothing"
    assert interval_of([]) == (0.0, 1.0), "without tasks nothing is known"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
def test_the_trend_is_numpys_line(raw: list[tuple[int, int, bool]]) -> None:
    points = [Point(str(task), calls, float(passed)) for task, calls, passed in raw]
    found = trend(points, resamples=20)
    if len({point.task for point in points}) < 2 or len({point.calls for point in points}) < 2:
        assert found is None
        return
    slope, intercept = np.polyfit([point.calls for point in points], [point.reward for point in points], 1)
    assert found is not None
    assert (found.slope, found.intercept) == pytest.approx((slope, intercept), abs=1e-6)
    assert found.low <= found.high


def test_accuracy_by_number_of_calls_is_over_tasks() -> None:
    often = [Point("a", 2, 1.0)] * 9
    found = by_calls([*often, Point("b", 2, 0.0), Point("b", 5, 1.0), Point("b", 5, 0.0)])
    assert [(one.calls, one.tasks, one.trials, one.accuracy) for one in found] == [(2, 2, 10, 0.5), (5, 1, 2, 0.5)]
    assert (found[0].low, found[0].high) == wilson(1, 2), "nine trials of one task are one task"
    assert (found[1].low, found[1].high) == wilson(0.5, 1), "one task says little, however it was tried"


@pytest.mark.parametrize("row", [row for row in (*ROWS1, *ROWS2) if len(row.cells) in (len(TABLE1), len(TABLE2))])
def test_published_rows_add_up(row: object) -> None:
    cells = {figure: value for (_, figure), value in row.cells.items()}  # type: ignore[attr-defined]
    overall = 0.578 * cells["Normal"] + 0.2676 * cells["Special"] + 0.1545 * cells["Agent"]
    assert overall == pytest.approx(cells["Overall"], abs=0.1)
