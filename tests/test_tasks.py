"""Sampled tasks: what every one of them must hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from agentgym.build.materialise import materialise
from agentgym.env import ToolEnv
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.difficulty import difficulty
from agentgym.tasks.sampling.coverage import MAX_CALLS
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.types import Domain, Rejection, Task
from agentgym.users.knowledge import carries
from agentgym.world.diff import patched
from agentgym.world.load import LoadedDomain, load
from tests.test_wild_tools import WILD

COMMITTED = Path(__file__).parents[1] / "envs_generated"
COUNT = 14


@pytest.fixture(scope="module")
def sampled(loaded: LoadedDomain) -> tuple[list[Task], list[Rejection]]:
    return sample_tasks(loaded, COUNT, seed=0)


@pytest.fixture(scope="module")
def tasks(sampled: tuple[list[Task], list[Rejection]]) -> list[Task]:
    return sampled[0]


# -- what is sampled ------------------------------------------------------------------------------


def test_as_many_as_wanted_with_ids_in_order(tasks: list[Task]) -> None:
    assert [task.id for task in tasks] == [f"minishop-{number:04d}" for number in range(COUNT)]


def test_equal_seeds_give_equal_tasks_and_others_do_not(loaded: LoadedDomain, tasks: list[Task]) -> None:
    again, _ = sample_tasks(loaded, 4, seed=0)
    other, _ = sample_tasks(loaded, 4, seed=1)
    assert again == tasks[:4], "the first tasks of a larger sample must be those of a smaller one"
    assert [task.gold for task in other] != [task.gold for task in again], "another seed must draw other tasks"


def test_no_task_is_longer_than_wanted(loaded: LoadedDomain, sampled: tuple[list[Task], list[Rejection]]) -> None:
    for longest in (1, 3):
        short, _ = sample_tasks(loaded, 8, seed=0, longest=longest)
        assert {len(task.gold) for task in short} <= set(range(1, longest + 1)), f"longer than {longest} calls"
        assert len(short) == 8 and any(task.writes for task in short)
    assert sample_tasks(loaded, COUNT, seed=0, longest=MAX_CALLS) == sampled, "the longest length limits nothing"
    for wrong in (0, MAX_CALLS + 1):
        with pytest.raises(ValueError, match=f"longest is {wrong}; a task has from 1 to {MAX_CALLS} gold calls"):
            sample_tasks(loaded, 1, seed=0, longest=wrong)


def test_a_plain_user_says_all_at_once_and_does_not_err(loaded: LoadedDomain, tasks: list[Task]) -> None:
    plain, _ = sample_tasks(loaded, 12, seed=0, longest=4, plain=True)
    assert not any(task.revisions for task in plain), "a plain user is neither wrong nor thinks again"
    for task in plain:
        told = [
            fact for fact in task.facts if not isinstance(fact.value, bool)
        ]  # truth values have no words of their own
        unsaid = [fact.label for fact in told if not carries(task.intent, fact.value)]
        assert not unsaid, f"{task.id} says nothing of {unsaid} in {task.intent!r}"
    words = [sum(len(task.intent.split()) / len(task.goals) for task in some) / len(some) for some in (plain, tasks)]
    assert words[0] < words[1], f"{words[0]:.0f} words a goal in plain openings, {words[1]:.0f} in others"


def test_tasks_are_pure_json(tasks: list[Task]) -> None:
    for task in tasks:
        text = json.dumps(task.model_dump(mode="json"), allow_nan=False)
        assert Task.model_validate_json(text) == task, f"{task.id} does not survive JSON"


def test_both_kinds_many_lengths_and_all_tools(tasks: list[Task], chart: Chart) -> None:
    share = sum(task.writes for task in tasks) / len(tasks)
    lengths = Counter(len(task.gold) for task in tasks)
    used = {call.name for task in tasks for call in task.gold}
    assert 0.6 <= share <= 0.8, f"about 70% of tasks should write, not {share:.0%}"
    assert len(lengths) >= 4 and max(lengths) <= MAX_CALLS, f"lengths should vary: {sorted(lengths)}"
    assert len(used) >= len(chart.bindings) - 2, f"these tools are never used: {sorted(set(chart.bindings) - used)}"


def test_goals_share_out_calls_and_changes(tasks: list[Task]) -> None:
    for task in tasks:
        calls = sorted(place for goal in task.goals for place in goal.calls)
        changes = {place for goal in task.goals for place in goal.changes}
        assert calls == list(range(len(task.gold))), f"{task.id}: the goals have the calls {calls}"
        assert changes == set(range(len(task.diff))), f"{task.id}: the goals have the changes {changes}"
        assert len({goal.text for goal in task.goals} - {""}) >= 1, f"{task.id} has no goal with a text"


def test_difficulty_is_told_of_every_task(loaded: LoadedDomain, tasks: list[Task], chart: Chart) -> None:
    for task in tasks:
        assert task.difficulty == difficulty(chart, patched(loaded.seed, task.state, chart.tables), task), task.id


def test_intents_differ(tasks: list[Task]) -> None:
    openings = {task.intent[:12] for task in tasks}
    assert len({task.intent for task in tasks}) == len(tasks), "two tasks open with the same message"
    assert len(openings) > len(tasks) // 2, f"openings hardly vary: {sorted(openings)}"


def test_initial_states_differ(tasks: list[Task]) -> None:
    assert len({repr(task.state) for task in tasks}) >= 3, "the tasks all start from the same rows"
    assert all(len(task.state) <= 12 for task in tasks), "a task's state should stay close to the seed rows"


def test_every_task_can_be_won_and_not_by_doing_nothing(loaded: LoadedDomain, tasks: list[Task]) -> None:
    env = ToolEnv(folder=loaded.folder)
    for task in tasks:
        done = json.dumps({"name": "respond", "arguments": {"content": "Done."}})
        told = f"Done. {', '.join(map(str, task.outputs))}"
        gold = [json.dumps({"name": call.name, "arguments": call.arguments}) for call in task.gold]
        assert _play(env, task, [*gold, told]) == 1.0, f"gold does not win {task.id}"
        assert _play(env, task, [done] * 6) == 0.0, f"doing nothing wins {task.id}"
    env.close()


def _play(env: ToolEnv, task: Task, actions: list[str]) -> float:
    env.reset(seed=0, options={"task": task})
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return reward
    return 0.0


def test_a_domain_without_tools_yields_no_task_but_a_reason(loaded: LoadedDomain) -> None:
    empty = replace(loaded, domain=loaded.domain.model_copy(update={"bindings": ()}))
    made, rejections = sample_tasks(empty, 3, seed=0)
    assert made == []
    assert [item.reason for item in rejections] == ["the domain yields too few tasks"]


def test_a_domain_that_only_reads_yields_read_only_tasks(loaded: LoadedDomain) -> None:
    reads = tuple(binding for binding in loaded.domain.bindings if not binding.writes)
    quiet = replace(loaded, domain=loaded.domain.model_copy(update={"bindings": reads}))
    made, _ = sample_tasks(quiet, 5, seed=0)
    assert len(made) == 5 and not any(task.writes for task in made)


# -- many tasks of a larger domain ----------------------------------------------------------------


@pytest.fixture(scope="module")
def bank() -> tuple[LoadedDomain, list[Task]]:
    loaded = load(COMMITTED / "banking")
    return loaded, sample_tasks(loaded, 40, seed=0)[0]


def test_a_domain_is_covered_by_its_tasks(bank: tuple[LoadedDomain, list[Task]]) -> None:
    loaded, tasks = bank
    writing = {binding.tool for binding in loaded.domain.bindings if binding.writes}
    used = {call.name for task in tasks for call in task.gold}
    assert len(tasks) == 40
    assert writing <= used, f"no task uses {sorted(writing - used)}"
    assert len({repr(task.state) for task in tasks}) >= 34, "hardly two tasks should start from the same rows"


def test_tasks_are_long_and_short(bank: tuple[LoadedDomain, list[Task]]) -> None:
    lengths = [len(task.gold) for task in bank[1]]
    assert sum(length >= 4 for length in lengths) >= 0.3 * len(lengths), f"too few have four calls: {sorted(lengths)}"
    assert sum(length >= 7 for length in lengths) >= 0.08 * len(lengths), f"too few have seven: {sorted(lengths)}"
    assert sum(len(task.goals) == 1 for task in bank[1]) >= 3, "some tasks must be about one thing"
    learned = [task for task in bank[1] if task.writes and task.difficulty and task.difficulty.reads > 1]
    assert learned, "some writes must be reached through several reads"


def test_every_kind_of_trouble_comes_up(bank: tuple[LoadedDomain, list[Task]]) -> None:
    tasks = bank[1]
    kinds = Counter(revision.kind for task in tasks for revision in task.revisions)
    refusals = sum(any(goal.refused for goal in task.goals) for task in tasks)
    mixed = sum(task.writes and any(not goal.changes and goal.outputs for goal in task.goals) for task in tasks)
    assert 1 <= refusals <= 10, f"{refusals} of {len(tasks)} tasks hold a request that is refused"
    assert sum(kinds.values()) >= 2, f"users are hardly ever wrong at first: {kinds}"
    assert mixed >= 1, "no task asks a question and wants a change"
    plain = [task for task in tasks if not task.revisions and not any(goal.refused for goal in task.goals)]
    assert len(plain) >= len(tasks) // 2, "trouble is the exception"


# -- domains from specifications that nobody prepared ---------------------------------------------


def test_a_wild_domain_asks_more_for_what_is_understood(tmp_path: Path) -> None:
    materialise(Domain(name="wild", tools=WILD), tmp_path / "wild")
    loaded = load(tmp_path / "wild")
    tasks, _ = sample_tasks(loaded, 20, seed=0)
    basis = loaded.domain.provenance
    calls = Counter(basis[call.name] for task in tasks for call in task.gold)
    tools = Counter(basis[binding.tool] for binding in loaded.domain.bindings)
    guessed = (calls["record"] + calls["event"]) / (tools["record"] + tools["event"])
    assert len(tasks) == 20, f"{len(tasks)} tasks of a domain with {sum(tools.values())} tools"
    assert calls["rules"] / tools["rules"] > guessed > 0, f"calls {calls} of tools {tools}"
