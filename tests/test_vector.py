"""Vectors of environments: an episode that is parked, or in another process, goes as it would alone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from agentgym import make_vec, registry
from agentgym.env import ToolEnv
from agentgym.episode import Step
from agentgym.errors import AgentGymError, DomainError, RunError, TaskError
from agentgym.play.agents.fallible import ErrorModel, FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.types import Task
from agentgym.users import Reply, ScriptedUser, Sight
from agentgym.vector import ToolVectorEnv
from agentgym.world.load import load
from tests.minishop import MINISHOP

LIBRARY = registry.locate("library")
FOLDERS = [MINISHOP, LIBRARY]
LIMIT = 12
COUNT = '{"name": "count_orders"}'
CANCEL = load(MINISHOP).tasks()[0]
CANCEL_CALL = json.dumps({"name": CANCEL.gold[0].name, "arguments": CANCEL.gold[0].arguments})


class Moody(ScriptedUser):
    """Fails in ways that a message asks for."""

    def reply(self, message: str, sight: Sight) -> Reply:
        if message == "raise":
            raise LookupError("the user lost its notes", 7)
        if message == "odd":
            raise Unpicklable("a", "b")
        if message == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().reply(message, sight)


class Unpicklable(Exception):
    """Takes other arguments than it stores, as many exceptions do."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one}{two}")


@pytest.fixture(scope="module")
def spread() -> Iterator[ToolVectorEnv]:
    """Eight environments of two domains in two processes."""
    with make_vec(FOLDERS, 8, workers=2, max_steps=LIMIT, user=Moody, seed=5) as envs:
        yield envs


@pytest.fixture
def here() -> Iterator[ToolVectorEnv]:
    with make_vec(FOLDERS, 8, max_steps=LIMIT, user=Moody, seed=5) as envs:
        yield envs


class Episode:
    """One agent's episode, wherever it is played."""

    def __init__(self, env: int, task: Task, tools: Sequence[Any], policy: str) -> None:
        errors = ErrorModel(wrong_value=0.2, missing_argument=0.1, unknown_tool=0.1, needless_read=0.1)
        self.env, self.task = env, task
        self.agent = FallibleAgent(task, errors) if env % 3 else GoldAgent(task)
        self.agent.start(tools, policy, env)
        self.steps: list[Step] = []
        self.observation = ""

    def act(self) -> str:
        return "what?" if self.env % 5 == 4 and len(self.steps) == 1 else self.agent.act((self.observation,))

    def heard(self, step: Step) -> bool:
        """Whether it is over."""
        self.steps.append(step)
        self.observation = step[0]
        return step[2] or step[3]


def cast_of(count: int) -> list[Episode]:
    """Episodes of two domains in turn, task after task."""
    cast = []
    for index, folder in enumerate(FOLDERS):
        tasks = load(folder).tasks()
        with closing(ToolEnv(folder=folder)) as room:
            cast += [
                Episode(env, tasks[env // 2 % len(tasks)], room.tools, room.policy) for env in range(index, count, 2)
            ]
    return cast


def alone(cast: Sequence[Episode], seed: int) -> list[list[Step]]:
    """One after another, each from beginning to end, in a ``ToolEnv``."""
    rooms = [ToolEnv(folder=folder, max_steps=LIMIT, user=Moody) for folder in FOLDERS]
    for episode in cast:
        env = rooms[episode.env % 2]
        episode.observation, info = env.reset(seed=seed + episode.env, options={"task": episode.task})
        assert info["task"] == episode.task.id
        while not episode.heard(env.step(episode.act())):
            pass
    for env in rooms:
        env.close()
    return [episode.steps for episode in cast]


def together(cast: Sequence[Episode], envs: ToolVectorEnv) -> list[list[Step]]:
    """All at once, a step of each in turn, the last one first in every second round."""
    openings = envs.reset_many([(episode.env, episode.task) for episode in cast])
    for episode, (opening, _) in zip(cast, openings, strict=True):
        episode.observation = opening
    playing = list(cast)
    while playing:
        playing.reverse()
        steps = envs.step_many([(episode.env, episode.act()) for episode in playing])
        playing = [episode for episode, step in zip(playing, steps, strict=True) if not episode.heard(step)]
    return [episode.steps for episode in cast]


def test_interleaved_episodes_go_as_they_do_alone() -> None:
    with make_vec(FOLDERS, 64, max_steps=LIMIT, user=Moody, seed=3) as envs:
        mixed = together(cast_of(64), envs)
    single = alone(cast_of(64), seed=3)
    assert mixed == single
    ends = [steps[-1] for steps in single]
    assert {reward for _, reward, *_ in ends} == {0.0, 1.0}, "some must fail and some succeed, or little is compared"
    assert sum(bool(end[4]["diff"]) for end in ends) > 16, "the episodes must write"


def test_workers_change_nothing(spread: ToolVectorEnv, here: ToolVectorEnv) -> None:
    for envs in (spread, here):
        envs.reset(seed=5)
    assert together(cast_of(8), spread) == together(cast_of(8), here)


def test_gymnasiums_interface_is_the_same_with_workers(spread: ToolVectorEnv, here: ToolVectorEnv) -> None:
    def play(envs: ToolVectorEnv) -> list[Any]:
        seen: list[Any] = [envs.reset(seed=8)]
        seen += [envs.step(["Done.", COUNT, "What is your id?", "{", "x", "y?", "Done.", "z"]) for _ in range(8)]
        seen.append(envs.reset())
        return seen

    one, two = play(spread), play(here)
    assert repr(one) == repr(two)
    assert one[0][0] != one[-1][0], "without a seed other episodes follow"
    assert repr(play(here)) == repr(two), "the same seed gives the same episodes"


def test_it_steps_as_gymnasiums_own_vector_does() -> None:
    """Observations, rewards, endings, resets by the next step, and infos."""
    ours = make_vec(MINISHOP, 3, max_steps=4)
    theirs = SyncVectorEnv([lambda: ToolEnv(folder=MINISHOP, max_steps=4)] * 3)
    with closing(ours), closing(theirs):
        assert ours.metadata["autoreset_mode"] is theirs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
        assert repr(ours.reset(seed=11)) == repr(theirs.reset(seed=11))
        ended = 0
        for turn in range(14):
            actions = ["Done.", COUNT, "Done." if turn % 3 else COUNT]
            mine, other = ours.step(actions), theirs.step(actions)
            assert repr(mine) == repr(other), f"step {turn} differs"
            assert [array.dtype for array in mine[1:4]] == [array.dtype for array in other[1:4]]
            ended += int((mine[2] | mine[3]).sum())
        assert ended > 5


def test_it_is_a_vector_environment_that_wrappers_take() -> None:
    envs = make_vec("envscale/library-v0", 3, seed=1)
    assert isinstance(envs, VectorEnv)
    wrapped = RecordEpisodeStatistics(envs)
    observations, _ = wrapped.reset(seed=4)
    assert envs.observation_space.contains(observations)
    envs.action_space.seed(2)
    actions = envs.action_space.sample()
    assert len(actions) == 3 and envs.action_space.contains(actions)
    _, rewards, terminations, truncations, _ = wrapped.step(actions)
    assert rewards.tolist() == [0.0] * 3 and not terminations.any() and not truncations.any()
    wrapped.close()
    wrapped.close()
    with pytest.raises(AgentGymError, match="closed"):
        envs.step_many([(0, "x")])


def test_several_steps_of_one_environment_run_in_order(here: ToolVectorEnv) -> None:
    here.reset_many([(0, CANCEL), (2, {"task": CANCEL.id})])
    detail = '{"name": "get_order_details", "arguments": {"order_id": "ORD-1001"}}'
    steps = here.step_many([(0, CANCEL_CALL), (2, detail), (0, detail), (0, "Done."), (2, "Done."), (0, "Hello?")])
    assert [json.loads(steps[place][0])["status"] for place in (0, 1, 2)] == ["cancelled", "pending", "cancelled"]
    assert [step[1:4] for step in steps[3:5]] == [(1.0, True, False), (0.0, False, False)]
    assert steps[5][:4] == ("Error: the episode is over; call reset()", 0.0, True, False)


@pytest.mark.parametrize("where", ["here", "spread"])
def test_misuse_is_explained_before_anything_is_done(where: str, request: pytest.FixtureRequest) -> None:
    envs: ToolVectorEnv = request.getfixturevalue(where)
    envs.reset_many([(0, CANCEL)])
    for wrong in (8, -1, "0", None, 1.0):
        with pytest.raises(ValueError, match="numbered 0 to 7"):
            envs.step_many([(0, CANCEL_CALL), (wrong, "x")])  # type: ignore[list-item]
    with pytest.raises(TaskError, match="known: 'task'"):
        envs.reset_many([(0, None), (1, {"tasks": 1})])
    with pytest.raises(ValueError, match="1 actions for 8"):
        envs.step(["x"])
    (step,) = envs.step_many([(np.int64(0), COUNT)])
    assert step[4]["turn"] == 1, "nothing of the refused batches was done"


@pytest.mark.parametrize("where", ["here", "spread"])
def test_errors_come_back_as_they_are_and_spare_the_others(where: str, request: pytest.FixtureRequest) -> None:
    envs: ToolVectorEnv = request.getfixturevalue(where)
    envs.reset()
    with pytest.raises(TaskError, match="minishop has no task 'nothing'"):
        envs.reset_many([(0, "nothing"), (2, CANCEL)])
    with pytest.raises(ResetNeeded, match="environment 0 was never reset"):
        envs.step_many([(2, COUNT), (0, COUNT)])
    with pytest.raises(LookupError) as caught:
        envs.step_many([(2, "raise"), (2, CANCEL_CALL), (1, "odd")])
    assert caught.value.args == ("the user lost its notes", 7), "the first of two exceptions, whole"
    (step,) = envs.step_many([(2, "Done.")])
    assert step[1:3] == (1.0, True), "the call after the exception was made"
    with pytest.raises(RunError if where == "spread" else Unpicklable, match="ab"):
        envs.step_many([(1, "odd")])
    hostile: Any = [(3, None), (4, b"{}"), (5, ["x"]), (6, "\ud800")]
    assert all(step[0].startswith("Error: ") for step in envs.step_many(hostile))


def test_a_dead_worker_names_its_environments() -> None:
    with make_vec(MINISHOP, 3, workers=1, user=Moody, seed=0) as envs:
        envs.reset()
        with pytest.raises(RunError, match=r"worker 0, which ran 3 environments \(0, 1, 2\), died with exit code -9"):
            envs.step_many([(0, COUNT), (2, "die")])
        with pytest.raises(RunError, match="new vector environment"):
            envs.step_many([(0, COUNT)])


def test_an_interrupt_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    envs = make_vec(MINISHOP, 2, workers=1)
    runner: Any = envs._runner
    (process,) = runner._processes

    def interrupted(number: int) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        envs.reset()
    assert not process.is_alive()


def test_a_user_that_cannot_travel_is_named() -> None:
    with pytest.raises(RunError, match=r"user=.*lambda.*top of a module"):
        make_vec(MINISHOP, 2, workers=1, user=lambda task, seed: ScriptedUser(task, seed))


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    wrong: Any
    for wrong in ({"num_envs": 0}, {"workers": -1}, {"domains": []}, {"max_steps": 1}, {"reward": "best"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            make_vec(**{"domains": MINISHOP, "num_envs": 1, **wrong})
    with pytest.raises(DomainError, match="did you mean 'library'"):
        make_vec("librery", 1)
    with pytest.raises(DomainError):
        make_vec(tmp_path, 1)


def test_domains_may_be_named_in_any_way() -> None:
    identity = registry.register(MINISHOP)
    with make_vec(["library", "envscale/library-v0", identity, MINISHOP, str(MINISHOP)], 7, seed=0) as envs:
        _, infos = envs.reset()
        assert infos["domain"].tolist() == ["library", "library", *["minishop"] * 3, "library", "library"]
        assert envs.policy(2) == (MINISHOP / "policy.md").read_text()
        assert {tool["function"]["name"] for tool in envs.tools(2)} == set(load(MINISHOP).tools)
