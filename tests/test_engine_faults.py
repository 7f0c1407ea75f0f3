"""Agents, users and worlds that misbehave: each ends its own episode, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentgym.episode import Terms
from agentgym.errors import RunError, TaskError
from agentgym.play.agents.agent import Agent, MakeAgent, Turn
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts import waiting
from agentgym.play.rollouts.engine import Play, played
from agentgym.play.rollouts.interaction import WorldError
from agentgym.types import Task, Trajectory
from agentgym.users import Reply, ScriptedUser
from agentgym.world.load import load
from agentgym.world.world import World
from tests.minishop import MINISHOP
from tests.players import Later, Patient, PatientUser, Script, assert_paired, call

TASKS = load(MINISHOP).tasks()
GOLD = [Play(MINISHOP, task, GoldAgent) for task in TASKS]


# -- those that misbehave -------------------------------------------------------------------------


class BadName(Script):
    @property
    def name(self) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class BadStart(Script):
    def start(self, *args: object) -> None:
        raise ValueError("\ud800 cannot start")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("cannot be shown")


def no_agent(task: Task) -> Agent:
    raise OSError("no weights")


SURROGATE = "\ud800"
JUNK: tuple[object, ...] = (
    None, 7, b"bytes", (), ("a", (), "b"), object(), [call("count_orders")],
    Turn(content=None),  # type: ignore[arg-type]
    Turn(calls=[call("count_orders")]),  # type: ignore[arg-type]
    Turn(calls=(object(),)),  # type: ignore[arg-type]
    Turn(calls=(call("count_orders", status=object()),)),
    ValueError("mine"), RunError("mine"), TaskError("not the task's"), WorldError("not the world's"), Unspeakable(),
    RecursionError("deep"), StopIteration("early"), MemoryError(),
)  # fmt: skip


@pytest.mark.parametrize("make", [Script, Later])
@pytest.mark.parametrize("junk", JUNK, ids=lambda one: type(one).__name__)
def test_a_broken_agent_ends_its_own_episode_alone(make: type[Script], junk: object) -> None:
    broken = Play(MINISHOP, TASKS[0], lambda task: make("Hello?", junk))
    over = list(played([broken, *GOLD], Terms(), concurrency=8))
    mine = next(done.trajectory for done in over if done.play is broken)
    assert mine is not None and (mine.stop, mine.reward, mine.fault) == ("agent_error", 0.0, "agent")
    assert [message.role for message in mine.messages][:4] == ["system", "user", "assistant", "user"]
    others = [done.trajectory for done in over if done.play is not broken]
    assert all(other is not None and other.reward == 1.0 for other in others), "one spoiled another's episode"


@pytest.mark.parametrize(
    ("make", "name", "recorded"),
    [
        (no_agent, "", "unknown"),
        (no_agent, "some/model", "some/model"),
        (lambda task: BadStart(), "", "script"),
        (lambda task: BadName(), "", "unknown"),
    ],
)
def test_an_agent_that_cannot_begin_is_an_error(
    make: MakeAgent, name: str, recorded: str, caplog: pytest.LogCaptureFixture
) -> None:
    (done,) = played([Play(MINISHOP, TASKS[0], make, name)], Terms())
    assert done.trajectory is not None
    assert (done.trajectory.stop, done.trajectory.agent) == ("agent_error", recorded)
    assert f"{TASKS[0].id}/{recorded}/0 stopped by agent_error" in caplog.text, "the log must name the episode"


def test_a_cancelled_answer_is_an_error_of_its_agent() -> None:
    class Cancelled(Later):
        async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]
            raise asyncio.CancelledError

    (done,) = played([Play(MINISHOP, TASKS[0], lambda task: Cancelled())], Terms())
    assert done.trajectory is not None and done.trajectory.stop == "agent_error"


def test_an_answer_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Later):
        async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]
            await asyncio.Event().wait()
            return ""

    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    over = list(played([Play(MINISHOP, TASKS[0], lambda task: Silent()), *GOLD], Terms()))
    assert sorted(done.trajectory.stop for done in over if done.trajectory) == [
        "agent_error",
        *["user_done"] * len(GOLD),
    ]


@pytest.mark.parametrize(
    "turn",
    [
        "x" * 10**6,
        "{" * 10**6,
        SURROGATE,
        Turn(content=SURROGATE * 10**6),
        Turn(content=SURROGATE, reasoning="r" * 10**6 + SURROGATE, calls=(call("count_orders"),)),
        Turn(calls=(call("count_orders", status=SURROGATE), call("count_orders", status=float("nan")))),
        Turn(calls=(call("nothing"),) * 100_000),
        Turn(calls=(call("respond", content="hello"),) * 100),
    ],
    ids=["long", "braces", "surrogate", "surrogates", "thoughts", "no json", "calls", "responses"],
)
def test_whatever_is_sent_the_record_is_whole(turn: object, tmp_path: Path) -> None:
    class Endless(Script):
        def act(self, observations: tuple[str, ...]) -> str:
            return turn  # type: ignore[return-value]

    (done,) = played([Play(MINISHOP, TASKS[0], lambda task: Endless())], Terms(max_steps=9))
    made = done.trajectory
    assert made is not None and made.stop in ("max_steps", "user_gave_up") and made.fault == "agent"
    assert len(made.messages) <= 2 + 2 * 9, "an action makes two messages at most"
    assert Trajectory.model_validate_json(made.model_dump_json()) == made, "it must survive a file"
    assert_paired(made)


class Rude(PatientUser):
    """A user that answers with junk."""

    answer: object = None

    async def areply(self, message: str, sight: object) -> object:  # type: ignore[override]
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


RUDE = (
    None, "text", ("a", "b", "c"), Reply(SURROGATE), Reply(7), Reply("bye", "because"), Reply("bye", []),  # type: ignore[arg-type]
    OSError("gone"), RunError("gone"),
)  # fmt: skip


@pytest.mark.parametrize("junk", RUDE, ids=repr)
def test_a_broken_user_ends_its_own_episode_alone(junk: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rude, "answer", junk)

    def user(task: Task, seed: int) -> ScriptedUser:
        return Rude(task, seed) if task is TASKS[0] else ScriptedUser(task, seed)

    over = list(played(GOLD, Terms(user=user), concurrency=8))
    for done in over:
        expected = "user_error" if done.play is GOLD[0] else "user_done"
        assert done.trajectory is not None and done.trajectory.stop == expected
    mine = next(done.trajectory for done in over if done.play is GOLD[0])
    assert mine is not None and (mine.reward, mine.fault) == (0.0, "user")
    assert mine.messages[-1].role == "assistant", "nobody said anything after the agent"


class Coy(PatientUser):
    """A user that tells nobody its name or what it has cost."""

    def __getattribute__(self, name: str) -> object:
        if name in ("name", "spent"):
            raise LookupError("no business of yours")
        return super().__getattribute__(name)


@pytest.mark.parametrize("error", [OSError("no model"), TaskError("mine"), WorldError("mine")])
def test_a_user_that_cannot_begin_is_an_error(error: Exception) -> None:
    def user(task: Task, seed: int) -> ScriptedUser:
        raise error

    over = [done.trajectory for done in played(GOLD, Terms(user=user))]
    assert all(made is not None and (made.stop, made.user) == ("user_error", "unknown") for made in over)


def test_who_hides_what_it_is_is_played_all_the_same() -> None:
    class Hidden(Patient):
        @property
        def spent(self) -> object:  # type: ignore[override]
            raise LookupError("no business of yours")

        @spent.setter
        def spent(self, value: object) -> None: ...

        async def act(self, observations: tuple[str, ...]) -> str:
            return self._agent.act(observations)  # type: ignore[return-value]

    over = [done.trajectory for done in played([Play(MINISHOP, task, Hidden) for task in TASKS], Terms(user=Coy))]
    assert all(made is not None and (made.user, made.cost) == ("coy", {}) for made in over)


# -- the environment's own failures ---------------------------------------------------------------


def test_a_world_that_fails_is_no_ones_fault_and_no_trajectory(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = World.diff

    def broken(self: World) -> object:
        if self._journal.log:
            raise RuntimeError("the disk is gone")
        return genuine(self)

    monkeypatch.setattr(World, "diff", broken)
    over = {done.play.task.id: done for done in played(GOLD, Terms())}  # type: ignore[union-attr]
    failed = [name for name, done in over.items() if done.trajectory is None]
    assert failed == [task.id for task in TASKS if task.writes]
    assert "the disk is gone" in str(over[failed[0]].failure)


def test_tasks_and_domains_that_cannot_be_had_are_told_one_by_one(tmp_path: Path) -> None:
    stranger = TASKS[0].model_copy(update={"domain": "airline"})
    plays = [
        Play(MINISHOP, stranger, GoldAgent),
        Play(MINISHOP, "no such", GoldAgent),
        Play(tmp_path, 0, GoldAgent),
        *GOLD,
    ]
    over = list(played(plays, Terms()))
    assert [done.trajectory is None for done in over] == [True, True, True, *[False] * len(GOLD)]
    assert "airline" in str(over[0].failure) and "no such" in str(over[1].failure)
    with pytest.raises(ValueError, match="concurrency=0"):
        list(played(GOLD, Terms(), concurrency=0))


# -- turns ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("WARNING"):
        yield
