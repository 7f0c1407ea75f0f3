"""Shaped rewards: all for what the verifier pays, something for honest progress, nothing more for tricks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentgym.learn.rl.rewards import By, Shaping, calls_made, progress, rows_changed, score
from agentgym.registry import domain_folders
from agentgym.tasks.chart import Chart
from agentgym.tasks.progress import present
from agentgym.tasks.proof.careless import POLICIES
from agentgym.tasks.proof.trial import Trial
from agentgym.tasks.verify import reward
from agentgym.types import Column, Domain, RowChange, Table, Task, ToolCall
from agentgym.world.load import load
from agentgym.world.world import World

DOMAINS = ("airline", "banking", "hotel", "insurance", "library", "retail")
SHARE = 0.5
ALL: tuple[By, ...] = ("auto", "state", "exact", "both")


@cache
def world(name: str) -> World:
    return World(load(domain_folders()[name]))


@cache
def tasks() -> tuple[Task, ...]:
    return tuple(task for name in DOMAINS for task in world(name).loaded.tasks())


def writing() -> list[Task]:
    return [task for task in tasks() if task.writes]


def recited(task: Task) -> tuple[str, ...]:
    """A message that tells whatever there is to tell."""
    return (", ".join(map(str, task.outputs)),)


def earned(task: Task, calls: Sequence[ToolCall], by: By = "auto", partial: float = SHARE) -> float:
    """The reward of whoever makes ``calls`` and then tells the user all they want to know."""
    here = world(task.domain)
    here.reset(task.state)
    made = [call for call in calls if here.call(call.name, call.arguments).error is None]
    return score(task, here.loaded.domain, here.diff(), made, recited(task), Shaping(by, partial))


def honest(task: Task, by: By = "auto") -> list[float]:
    """What those earn who go the task's way and stop before it is done."""
    ways = [earned(task, task.gold[:number], by) for number in range(len(task.gold))]
    return [way for way in ways if way < 1.0]  # it can be done before the last call, which tells only what is recited


@cache
def most(by: By) -> dict[str, float]:
    """By task: what honest work that is not done earns at most."""
    return {task.id: max(honest(task, by)) for task in tasks()}


# -- what the verifier pays -------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
def test_gold_earns_all_and_less_earns_less(by: By) -> None:
    rising = 0
    for task in tasks():
        assert earned(task, task.gold, by) == 1.0, f"gold of {task.id} is not paid by {by!r}"
        ways = honest(task, by)
        assert ways[0] == 0.0 and all(0.0 <= way <= SHARE for way in ways), f"{task.id} by {by!r}: {ways}"
        rising += max(ways) > 0.0
    assert rising > 0.4 * len(tasks()), f"honest work was paid in {rising} tasks only"


def test_without_partial_credit_it_is_the_verifier() -> None:
    for task in tasks():
        for number in range(len(task.gold) + 1):
            here = world(task.domain)
            here.reset(task.state)
            calls = [call for call in task.gold[:number] if here.call(call.name, call.arguments).error is None]
            for said in (None, (), recited(task)):
                args = here.loaded.domain, here.diff(), calls, said
                verified = reward("auto", task, args[1], calls, args[0], said).reward
                assert score(task, *args) == verified, f"{task.id} after {number} calls"
                assert (score(task, *args, Shaping(partial=SHARE)) == 1.0) is (verified == 1.0)


def test_what_was_not_told_is_not_paid_in_full() -> None:
    task = next(task for task in writing() if task.outputs)
    here = world(task.domain)
    here.reset(task.state)
    for call in task.gold:
        here.call(call.name, call.arguments)
    args = task, here.loaded.domain, here.diff(), task.gold, ()
    assert [score(*args, Shaping(by, SHARE)) for by in ALL] == [SHARE, 1.0, 1.0, SHARE]


def test_both_wants_rows_and_calls() -> None:
    """A read more than gold has leaves the rows as they should be; the calls are other ones."""
    task = next(task for task in writing() if task.gold[0].name.startswith(("get", "find")))
    calls = [task.gold[0], *task.gold]
    assert [earned(task, calls, by) == 1.0 for by in ALL] == [True, True, False, False]


@pytest.mark.parametrize(("by", "partial"), [("rows", 0.0), ("auto", 1.0), ("auto", -0.1), ("auto", float("nan"))])
def test_settings_are_checked(by: Any, partial: float) -> None:
    with pytest.raises(ValueError, match="is not one of" if by == "rows" else "at least 0 and less than 1"):
        Shaping(by, partial)


# -- tricks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("trick", sorted(POLICIES))
@pytest.mark.parametrize("by", ALL)
def test_careless_agents_earn_no_more_than_honest_ones(trick: str, by: By) -> None:
    """Who makes no call, reads everything, calls at random, spams errors or tries all keys, and recites all answers."""
    charts = {name: Chart(world(name).loaded.domain) for name in DOMAINS}
    for task in tasks():
        trial = Trial(charts[task.domain], world(task.domain), task)
        calls = list(POLICIES[trick](trial))
        got, best = earned(task, calls, by), most(by)[task.id]
        assert got <= best, f"{trick!r} earns {got} by {by!r} in {task.id}, honest work {best} at most"
        if trick in ("null", "error spam"):
            assert got == 0.0, f"{trick!r} earns {got} by {by!r} in {task.id}"
        if trick == "read everything" and task.writes and by != "exact":
            assert got == 0.0, f"reading alone earns {got} by {by!r} in {task.id}"


def undone() -> Iterator[tuple[Task, ToolCall, ToolCall]]:
    """Gold calls that change one row, and the same call with the values that the row had before."""
    for task in writing():
        here = world(task.domain)
        for call in task.gold:
            here.reset(task.state)
            if here.call(call.name, call.arguments).error is not None:
                continue
            diff = here.diff()
            if len(diff) != 1 or diff[0].before is None or diff[0].after is None:
                continue
            old = {key: diff[0].before.get(key, value) for key, value in call.arguments.items()}
            if old != call.arguments and here.call(call.name, old).error is None and not here.diff():
                yield task, call, ToolCall(name=call.name, arguments=old)


def test_what_is_taken_back_earns_nothing() -> None:
    found = 0
    for task, done, back in undone():
        assert earned(task, [done, back], "state") == 0.0, f"{task.id}: {done} and {back} leave nothing to pay"
        assert earned(task, [done, back] * 5, "both") == 0.0
        assert earned(task, [done, back, done], "state") == earned(task, [done], "state")
        found += 1
    assert found >= 10, f"only {found} calls could be taken back, which proves little"


def test_the_same_calls_again_earn_no_more() -> None:
    for task in tasks():
        short = task.gold[:-1]
        if earned(task, short) < 1.0:
            again = [call for call in short for _ in range(3)]
            assert earned(task, again) <= most("auto")[task.id], f"repetition pays in {task.id}"


@given(st.data())
def test_no_call_besides_earns_more(data: st.DataObject) -> None:
    """On the task's way, or off it: calls that other tasks need, which write other rows, and guesses at gold's own."""
    task = data.draw(st.sampled_from(tasks()))
    others = [call for other in tasks() if other.domain == task.domain and other is not task for call in other.gold]
    guesses = [
        call.model_copy(update={"arguments": {**call.arguments, key: value}})
        for call in task.gold
        for key in call.arguments
        for value in (1, "x", None, *(one.arguments[key] for one in others if key in one.arguments))
    ]
    besides = data.draw(st.lists(st.sampled_from([*others, *guesses]), max_size=6))
    number = data.draw(st.integers(0, len(task.gold) - 1))
    by = data.draw(st.sampled_from(ALL))
    calls = [*task.gold[:number], *besides]
    here = world(task.domain)
    helped = []  # the gold changes that are there before and after, for a call besides may be one that gold needs
    for some in (calls[:number], calls):
        earned(task, some)
        helped.append(len(present(task, here.diff(), here.loaded.domain.tables)))
    assume(helped[1] <= helped[0] and not any(call in task.gold for call in besides))
    assert earned(task, calls, by) <= earned(task, calls[:number], by), f"{task.id}: {besides} earn more by {by!r}"


# -- shares -----------------------------------------------------------------------------------------

TRIP = Table(name="trip", doc="", columns=(Column(name="id", type="int"),), primary_key="id")
CITY = Table(name="city", doc="", columns=(Column(name="id", type="int"),), primary_key="id", generated=False)
SHOP = Domain(name="d", tools=(), tables=(TRIP, CITY))


def change(table: str, key: int, before: Any, after: Any) -> RowChange:
    wrap = [None if value is None else {"id": key, "x": value} for value in (before, after)]
    return RowChange(table=table, key=key, before=wrap[0], after=wrap[1])


GOLD = (change("trip", 1, 0, 5), change("trip", 2, 0, None), change("trip", 9, None, 7), change("city", 3, None, 4))
WANTED = Task(id="t", domain="d", intent="", facts=(), gold=tuple(ToolCall(name=n) for n in "abcd"), diff=GOLD)
STRANGE = (
    change("trip", 4, 0, 5), change("trip", 5, 0, None), change("city", 6, None, 4), change("trip", 7, None, 8),
    change("trip", 8, None, 8), change("city", 1, 2, 3),
)  # fmt: skip


@pytest.mark.parametrize(
    ("diff", "share"),
    [
        ((), 0.0),
        (GOLD, 1.0),
        (GOLD[:1], 0.25),
        ((change("trip", 20, None, 7),), 0.25),  # numbered by the world
        ((change("city", 20, None, 4),), 0.0),  # named by the caller
        ((GOLD[1], change("trip", 1, 0, 6)), 0.25),  # halfway, or wrong: neither paid nor held against
        ((*GOLD[:2], STRANGE[0]), 0.25),
        ((change("trip", 20, None, 8), change("trip", 21, None, 8), GOLD[0]), 0.0),  # gold makes one new trip, not two
        (STRANGE, 0.0),
    ],
)
def test_the_share_of_rows(diff: tuple[RowChange, ...], share: float) -> None:
    assert rows_changed(WANTED, diff, SHOP.tables) == share


@given(st.sets(st.sampled_from(range(4))), st.sets(st.sampled_from(range(len(STRANGE)))), st.sampled_from(STRANGE))
def test_more_strange_rows_never_pay_more(right: set[int], strange: set[int], more: RowChange) -> None:
    diff = [*(GOLD[place] for place in sorted(right)), *(STRANGE[place] for place in sorted(strange))]
    share = rows_changed(WANTED, diff, SHOP.tables)
    assert 0.0 <= share <= len(right) / 4
    assert more in diff or rows_changed(WANTED, [*diff, more], SHOP.tables) <= share


CALLS = st.lists(st.sampled_from("abcdx").map(lambda name: ToolCall(name=name)), max_size=9)


@given(CALLS, st.integers(0, 9))
def test_the_share_of_calls(calls: list[ToolCall], place: int) -> None:
    """A call that gold does not have costs; all of gold and nothing else is all; and nothing is worth nothing."""
    share = calls_made(WANTED, SHOP, calls)
    assert 0.0 <= share <= 1.0 and (share == 1.0) is ([call.name for call in calls] == list("abcd"))
    more = [*calls[:place], ToolCall(name="x"), *calls[place:]]
    assert calls_made(WANTED, SHOP, more) <= share
    assert calls_made(WANTED, SHOP, []) == 0.0


@pytest.mark.parametrize(
    ("names", "share"), [("a", 0.25), ("abd", 0.75), ("ba", 0.0), ("axb", 0.25), ("abcdx", 0.75), ("abcdabcd", 0.0)]
)
def test_calls_count_in_their_order(names: str, share: float) -> None:
    assert calls_made(WANTED, SHOP, [ToolCall(name=name) for name in names]) == share


def test_a_reader_that_writes_has_made_no_progress() -> None:
    reader = WANTED.model_copy(update={"diff": ()})
    calls = [ToolCall(name="a")]
    assert progress(reader, SHOP, (), calls) == 0.25
    assert progress(reader, SHOP, STRANGE[:1], calls) == 0.0
