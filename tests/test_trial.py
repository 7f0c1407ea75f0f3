"""A task on trial: its rows are the world's, and what is tried from halfway ends as if all had been made again."""

from __future__ import annotations

import gc

import pytest

from agentgym.errors import TaskError
from agentgym.memo import Memo
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.trial import Trial, learned
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.types import RowChange, Task, ToolCall
from agentgym.world.load import LoadedDomain
from agentgym.world.world import World


@pytest.fixture(scope="module")
def tasks(loaded: LoadedDomain) -> list[Task]:
    return sample_tasks(loaded, 8, seed=1)[0]


def test_the_rows_are_those_of_the_world(loaded: LoadedDomain, world: World, tasks: list[Task]) -> None:
    chart = Chart(loaded.domain)
    for task in tasks:
        trial = Trial(chart, world, task)
        assert trial.start.all(world.rows()) == world.rows(), f"{task.id} begins elsewhere"
        assert trial.replay() is None
        assert trial.final.all(world.rows()) == world.rows(), f"{task.id} ends elsewhere"


def test_what_is_tried_from_halfway_ends_as_from_the_start(
    loaded: LoadedDomain, world: World, tasks: list[Task]
) -> None:
    chart = Chart(loaded.domain)
    for task in tasks:
        trial = Trial(chart, world, task)
        trial.replay()
        for due in range(len(task.gold) + 1):
            assert trial.aligned(trial.after(task.gold[due:], due)), f"{task.id} from call {due}"
            rest = (*task.gold[:due], *task.gold[due + 1 :])
            assert trial.after(task.gold[due + 1 :], due) == trial.after(rest), f"{task.id} without call {due}"


def test_a_vital_call_that_errs_leaves_no_difference(loaded: LoadedDomain, world: World, tasks: list[Task]) -> None:
    trial = Trial(Chart(loaded.domain), world, next(task for task in tasks if task.writes))
    wrong = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-0"})
    assert trial.after([wrong], vital=True) is None
    assert trial.after([wrong]) == ()
    assert trial.refusal(wrong) is not None


def test_a_state_of_another_domain_cannot_be_tried(loaded: LoadedDomain, world: World, tasks: list[Task]) -> None:
    stray = RowChange(table="planet", key=1, before=None, after={"id": 1})
    with pytest.raises(TaskError, match="planet"):
        Trial(Chart(loaded.domain), world, tasks[0].model_copy(update={"state": (stray,)}))


def test_what_a_result_tells_is_kept_by_kind_and_name() -> None:
    found = learned({"id": 1, "open": True, "lines": [{"id": 1.0, "tags": ["a", None]}]})
    assert found["number", 1.0] == {"id"}
    assert found["bool", True] == {"open"}
    assert found["str", "a"] == {"tags"}
    assert learned(7) == {("number", 7.0): {""}}


def test_what_is_worked_out_once_goes_with_its_object(tasks: list[Task]) -> None:
    made: list[str] = []
    once = Memo(lambda task: made.append(task.id) or len(made))  # type: ignore[func-returns-value]
    task = tasks[0].model_copy()
    assert once(task) == once(task) == 1 and made == [task.id]
    assert once(tasks[1]) == 2 and len(once) == 2
    del task
    gc.collect()
    assert len(once) == 1
