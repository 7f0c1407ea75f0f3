"""The contract of a domain folder: every committed domain, and the example the other tests use, keeps it."""

from __future__ import annotations

import json

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from agentgym import registry
from agentgym.env import ToolEnv
from agentgym.spaces import Action
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof import goals, prove
from agentgym.tasks.proof.trial import Trial
from agentgym.types import ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import INTERNAL, World
from tests.minishop import MINISHOP

COMMITTED = sorted(path for path in registry.bundled().glob("*") if (path / "domain.json").exists())
DOMAINS = [MINISHOP, *COMMITTED]
CALLS = 60  # random calls a domain


@pytest.fixture(params=DOMAINS, ids=lambda folder: folder.name, scope="module")
def loaded(request: pytest.FixtureRequest) -> LoadedDomain:
    return load(request.param)


def samples(loaded: LoadedDomain, count: int) -> list[ToolCall]:
    """Schema-valid calls; about half the key arguments name rows that exist."""
    space = Action([(name, tool.spec.parameters) for name, tool in loaded.tools.items()], seed=0)
    keys = {
        table.primary_key: [row[table.primary_key] for row in loaded.seed.get(table.name, [])]
        for table in loaded.domain.tables
    }
    calls = []
    for number in range(count):
        value = json.loads(space.sample())
        if value["name"] not in loaded.tools:
            continue
        for name in value["arguments"]:
            if number % 2 and keys.get(name):
                value["arguments"][name] = keys[name][number % len(keys[name])]
        calls.append(ToolCall(name=value["name"], arguments=value["arguments"]))
    return calls


def test_the_folder_is_named_after_its_domain_and_made_by_gymnasium(loaded: LoadedDomain) -> None:
    assert loaded.folder.name == loaded.domain.name
    identity = registry.register(loaded.folder)
    assert identity == loaded.domain.id
    check_env(gymnasium.make(identity).unwrapped)


def test_files_hold_lf_and_no_trace_of_a_machine(loaded: LoadedDomain) -> None:
    for path in sorted(loaded.folder.glob("*.*")):
        data = path.read_bytes()
        assert data.endswith(b"\n") and b"\r" not in data, f"{path.name} must end in a line feed and hold no CR"
        assert b"/home/" not in data and b"/tmp/" not in data, f"{path.name} names a folder of some machine"


def test_random_calls_break_no_tool_and_errors_change_nothing(loaded: LoadedDomain) -> None:
    world = World(loaded)
    for call in samples(loaded, CALLS):
        before = world.digest()
        result = world.call(call.name, call.arguments)
        shown = f"{loaded.domain.name}: {call} answered {result}"
        assert result.error is None or not result.error.startswith(INTERNAL), shown
        if result.error is not None or not loaded.tools[call.name].writes:
            assert world.digest() == before, shown
    world.close()


def test_random_calls_replay_to_the_same_answers(loaded: LoadedDomain) -> None:
    calls, answers, digests = samples(loaded, CALLS), [], []
    for _ in range(2):
        world = World(loaded)
        answers.append([world.call(call.name, call.arguments) for call in calls])
        digests.append(world.digest())
        world.close()
    assert answers[0] == answers[1]
    assert digests[0] == digests[1]


def test_tasks_are_the_domains_own_and_told_apart(loaded: LoadedDomain) -> None:
    tasks = loaded.tasks()
    assert tasks, f"{loaded.folder} has no tasks"
    assert len({task.id for task in tasks}) == len(tasks)
    assert {task.domain for task in tasks} == {loaded.domain.name}


def test_what_the_user_wants_is_to_be_had(loaded: LoadedDomain) -> None:
    """Goals share out the calls and changes, outputs are to be learned, what is forbidden is, descriptions fit."""
    chart, world = Chart(loaded.domain), World(loaded)
    for task in loaded.tasks():
        trial = Trial(chart, world, task)
        assert trial.replay() is None, f"{task.id}: a gold call errs"
        for law in (goals.goals, goals.outputs, goals.refusals, goals.revisions, prove.knowable, prove.unique):
            broken = law(trial)
            assert broken is None, f"{task.id}: {broken}"
    world.close()


def test_gold_earns_the_reward_and_talk_does_not(loaded: LoadedDomain) -> None:
    env = ToolEnv(folder=loaded.folder)
    for task in loaded.tasks():
        env.reset(options={"task": task})
        for call in task.gold:
            observation = env.step(json.dumps({"name": call.name, "arguments": call.arguments}))[0]
            assert not observation.startswith("Error"), f"{task.id}: gold call {call} answered {observation}"
        told = f"Done. {task.outputs}"
        assert env.step(told)[1:3] == (1.0, True), f"{task.id}: gold must earn the reward"
        env.reset(options={"task": task})
        assert env.step("Done.")[1] == 0.0, f"{task.id}: doing nothing must earn nothing"
    env.close()
