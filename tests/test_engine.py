"""Many episodes at once: equal to one after another, whoever waits, and whoever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from agentgym.env import ToolEnv
from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.engine import Play, aplayed, played
from agentgym.play.rollouts.rollout import arollout, arollouts, rollout, rollouts
from agentgym.registry import locate
from agentgym.types import Trajectory
from agentgym.world.load import load
from tests.minishop import MINISHOP
from tests.players import Crowd, Patient, PatientUser

TASKS = load(MINISHOP).tasks()
GOLD = [Play(MINISHOP, task, GoldAgent) for task in TASKS]


def same(one: Trajectory, other: Trajectory) -> bool:
    """Whether two trajectories tell the same, apart from who played and what it cost."""
    names = {"id": "", "agent": "", "user": "", "cost": {}}
    return one.model_copy(update=names) == other.model_copy(update=names)


@pytest.mark.parametrize("concurrency", [1, 3, 1000])
def test_who_waits_plays_as_who_does_not(concurrency: int) -> None:
    here = list(rollouts([MINISHOP], [FallibleAgent], trials=6))
    there = list(rollouts([MINISHOP], [Patient], trials=6, user=PatientUser, concurrency=concurrency))
    assert all(map(same, here, there)), f"with {concurrency} in flight, waiting changed what was played"
    assert len({item.id for item in there}) == len(there)
    assert {item.user for item in there} == {"patient"}
    spent = {item.id: item.cost["tokens"] for item in there}
    turns = {item.id: sum(message.role == "assistant" for message in item.messages) * 10 + 0.5 for item in there}
    assert spent == turns, "agent's and user's costs must stand in the record, together"


def test_an_episode_is_the_same_in_an_environment_of_its_own() -> None:
    ours = list(rollouts([MINISHOP], [FallibleAgent], trials=3, seed=7))
    with closing(ToolEnv(folder=MINISHOP)) as env:
        theirs = [
            rollout(env, task, FallibleAgent(task), seed=7 + trial, trial=trial) for task in TASKS for trial in range(3)
        ]
    assert ours == theirs


def test_a_thousand_at_once_over_one_world() -> None:
    Crowd.gather(1000)
    tasks = [TASKS[number % len(TASKS)] for number in range(1000)]
    plays = [Play(MINISHOP, task, Crowd, trial=number) for number, task in enumerate(tasks)]
    over = {done.play.trial: done.trajectory for done in played(plays, Terms(), concurrency=1000)}
    assert Crowd.there == 1000, "they were not all in flight at once"
    failed = [number for number, made in over.items() if made is None or made.diff != tasks[number].diff]
    assert len(over) == 1000 and not failed, f"these episodes mixed up their rows: {failed[:5]}"


def test_no_more_are_in_flight_than_asked_for() -> None:
    now = most = 0

    class Counted(Patient):
        def start(self, *args: object) -> None:
            nonlocal now, most
            now += 1
            most = max(most, now)
            super().start(*args)  # type: ignore[arg-type]

    plays = [Play(MINISHOP, TASKS[0], Counted, trial=number) for number in range(40)]
    for _ in played(plays, Terms(), concurrency=7):
        now -= 1
    assert most == 7


def test_domains_are_played_together_and_in_any_company() -> None:
    retail = locate("retail")
    folders = [MINISHOP, retail]
    apart = [item for folder in folders for item in rollouts([folder], [GoldAgent, FallibleAgent])]
    assert list(rollouts(folders, [GoldAgent, FallibleAgent])) == apart
    mixed = [
        Play(folder, task, make) for folder in folders for task in load(folder).tasks() for make in (GoldAgent, Patient)
    ]
    found = {done.trajectory.id: done.trajectory for done in played(mixed, Terms(), concurrency=50) if done.trajectory}
    assert len(found) == len(mixed)
    assert all(found[item.id] == item for item in apart if item.agent == "gold")


def test_scripted_episodes_go_on_while_models_think() -> None:
    class Stuck(Patient):
        async def act(self, observations: tuple[str, ...]) -> str:
            await asyncio.sleep(0.2)
            return "I am thinking."

    order = [done.play.make for done in played([Play(MINISHOP, TASKS[0], Stuck), *GOLD], Terms(), concurrency=2)]
    assert order == [*[GoldAgent] * len(GOLD), Stuck], "the fast episodes waited for the slow one"


# -- async code -----------------------------------------------------------------------------------


def test_async_code_plays_in_its_own_loop() -> None:
    async def main() -> list[Trajectory]:
        return [item async for item in arollouts([MINISHOP], [Patient], trials=3, user=PatientUser, concurrency=9)]

    found = sorted(asyncio.run(main()), key=lambda item: item.id)
    assert found == sorted(rollouts([MINISHOP], [Patient], trials=3, user=PatientUser), key=lambda item: item.id)


def test_one_episode_can_be_awaited() -> None:
    async def main() -> Trajectory:
        with closing(ToolEnv(folder=MINISHOP)) as env:
            return await arollout(env, TASKS[0], Patient(TASKS[0]), seed=3)

    with closing(ToolEnv(folder=MINISHOP)) as env:
        assert asyncio.run(main()) == rollout(env, TASKS[0], Patient(TASKS[0]), seed=3)


def test_inside_a_running_loop_models_must_be_awaited() -> None:
    async def main() -> list[Trajectory]:
        with pytest.raises(RunError, match="await"):
            list(rollouts([MINISHOP], [Patient]))
        with closing(ToolEnv(folder=MINISHOP)) as env, pytest.raises(RunError, match="await"):
            rollout(env, TASKS[0], Patient(TASKS[0]))
        return list(rollouts([MINISHOP], [GoldAgent]))

    assert len(asyncio.run(main())) == len(TASKS), "agents without a model play in any place"


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_who_stops_early_leaves_nothing_behind(taken: int) -> None:
    plays = (Play(MINISHOP, TASKS[0], Patient, trial=number) for number in range(30))
    playing = played(plays, Terms(user=PatientUser), concurrency=10)
    for _ in range(taken):
        next(playing)
    playing.close()  # type: ignore[attr-defined]  # a warning about a coroutine or task left behind is an error

    async def main() -> None:
        left = aplayed((Play(MINISHOP, TASKS[0], Patient) for _ in range(30)), Terms(user=PatientUser), concurrency=10)
        for _ in range(taken):
            await anext(left)
        await left.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())


# -- turns ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("WARNING"):
        yield
