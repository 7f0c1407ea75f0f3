"""Many episodes at once: equal to one after another, whoever waits, and whoever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym.env import ToolEnv
from agentgym.episode import Terms
from agentgym.errors import RunError, TaskError
from agentgym.play.agents.agent import Agent, MakeAgent, Turn
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts import waiting
from agentgym.play.rollouts.engine import Play, aplayed, played
from agentgym.play.rollouts.interaction import WorldError
from agentgym.play.rollouts.rollout import arollout, arollouts, rollout, rollouts
from agentgym.registry import locate
from agentgym.types import Task, Trajectory
from agentgym.users import Reply, ScriptedUser
from agentgym.world.load import load
from agentgym.world.world import World
from tests.players import Crowd, Later, Patient, PatientUser, Script, call

SHOP = Path(__file__).parent / "fixtures" / "minishop"
TASKS = load(SHOP).tasks()
GOLD = [Play(SHOP, task, GoldAgent) for task in TASKS]


def same(one: Trajectory, other: Trajectory) -> bool:
    """Whether two trajectories tell the same, apart from who played and what it cost."""
    names = {"id": "", "agent": "", "user": "", "cost": {}}
    return one.model_copy(update=names) == other.model_copy(update=names)


@pytest.mark.parametrize("concurrency", [1, 3, 1000])
def test_who_waits_plays_as_who_does_not(concurrency: int) -> None:
    here = list(rollouts([SHOP], [FallibleAgent], trials=6))
    there = list(rollouts([SHOP], [Patient], trials=6, user=PatientUser, concurrency=concurrency))
    assert all(map(same, here, there)), f"with {concurrency} in flight, waiting changed what was played"
    assert len({item.id for item in there}) == len(there)
    assert {item.user for item in there} == {"patient"}
    spent = {item.id: item.cost["tokens"] for item in there}
    turns = {item.id: sum(message.role == "assistant" for message in item.messages) * 10 + 0.5 for item in there}
    assert spent == turns, "agent's and user's costs must stand in the record, together"


def test_an_episode_is_the_same_in_an_environment_of_its_own() -> None:
    ours = list(rollouts([SHOP], [FallibleAgent], trials=3, seed=7))
    with closing(ToolEnv(folder=SHOP)) as env:
        theirs = [
            rollout(env, task, FallibleAgent(task), seed=7 + trial, trial=trial) for task in TASKS for trial in range(3)
        ]
    assert ours == theirs


def test_a_thousand_at_once_over_one_world() -> None:
    Crowd.gather(1000)
    tasks = [TASKS[number % len(TASKS)] for number in range(1000)]
    plays = [Play(SHOP, task, Crowd, trial=number) for number, task in enumerate(tasks)]
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

    plays = [Play(SHOP, TASKS[0], Counted, trial=number) for number in range(40)]
    for _ in played(plays, Terms(), concurrency=7):
        now -= 1
    assert most == 7


def test_domains_are_played_together_and_in_any_company() -> None:
    retail = locate("retail")
    folders = [SHOP, retail]
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

    order = [done.play.make for done in played([Play(SHOP, TASKS[0], Stuck), *GOLD], Terms(), concurrency=2)]
    assert order == [*[GoldAgent] * len(GOLD), Stuck], "the fast episodes waited for the slow one"


# -- async code -----------------------------------------------------------------------------------


def test_async_code_plays_in_its_own_loop() -> None:
    async def main() -> list[Trajectory]:
        return [item async for item in arollouts([SHOP], [Patient], trials=3, user=PatientUser, concurrency=9)]

    found = sorted(asyncio.run(main()), key=lambda item: item.id)
    assert found == sorted(rollouts([SHOP], [Patient], trials=3, user=PatientUser), key=lambda item: item.id)


def test_one_episode_can_be_awaited() -> None:
    async def main() -> Trajectory:
        with closing(ToolEnv(folder=SHOP)) as env:
            return await arollout(env, TASKS[0], Patient(TASKS[0]), seed=3)

    with closing(ToolEnv(folder=SHOP)) as env:
        assert asyncio.run(main()) == rollout(env, TASKS[0], Patient(TASKS[0]), seed=3)


def test_inside_a_running_loop_models_must_be_awaited() -> None:
    async def main() -> list[Trajectory]:
        with pytest.raises(RunError, match="await"):
            list(rollouts([SHOP], [Patient]))
        with closing(ToolEnv(folder=SHOP)) as env, pytest.raises(RunError, match="await"):
            rollout(env, TASKS[0], Patient(TASKS[0]))
        return list(rollouts([SHOP], [GoldAgent]))

    assert len(asyncio.run(main())) == len(TASKS), "agents without a model play in any place"


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_who_stops_early_leaves_nothing_behind(taken: int) -> None:
    plays = (Play(SHOP, TASKS[0], Patient, trial=number) for number in range(30))
    playing = played(plays, Terms(user=PatientUser), concurrency=10)
    for _ in range(taken):
        next(playing)
    playing.close()  # type: ignore[attr-defined]  # a warning about a coroutine or task left behind is an error

    async def main() -> None:
        left = aplayed((Play(SHOP, TASKS[0], Patient) for _ in range(30)), Terms(user=PatientUser), concurrency=10)
        for _ in range(taken):
            await anext(left)
        await left.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())


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
    broken = Play(SHOP, TASKS[0], lambda task: make("Hello?", junk))
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
    (done,) = played([Play(SHOP, TASKS[0], make, name)], Terms())
    assert done.trajectory is not None
    assert (done.trajectory.stop, done.trajectory.agent) == ("agent_error", recorded)
    assert f"{TASKS[0].id}/{recorded}/0 stopped by agent_error" in caplog.text, "the log must name the episode"


def test_a_cancelled_answer_is_an_error_of_its_agent() -> None:
    class Cancelled(Later):
        async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]
            raise asyncio.CancelledError

    (done,) = played([Play(SHOP, TASKS[0], lambda task: Cancelled())], Terms())
    assert done.trajectory is not None and done.trajectory.stop == "agent_error"


def test_an_answer_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Later):
        async def act(self, observations: tuple[str, ...]) -> str:  # type: ignore[override]
            await asyncio.Event().wait()
            return ""

    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    over = list(played([Play(SHOP, TASKS[0], lambda task: Silent()), *GOLD], Terms()))
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

    (done,) = played([Play(SHOP, TASKS[0], lambda task: Endless())], Terms(max_steps=9))
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

    over = [done.trajectory for done in played([Play(SHOP, task, Hidden) for task in TASKS], Terms(user=Coy))]
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
    plays = [Play(SHOP, stranger, GoldAgent), Play(SHOP, "no such", GoldAgent), Play(tmp_path, 0, GoldAgent), *GOLD]
    over = list(played(plays, Terms()))
    assert [done.trajectory is None for done in over] == [True, True, True, *[False] * len(GOLD)]
    assert "airline" in str(over[0].failure) and "no such" in str(over[1].failure)
    with pytest.raises(ValueError, match="concurrency=0"):
        list(played(GOLD, Terms(), concurrency=0))


# -- turns ----------------------------------------------------------------------------------------


def assert_paired(made: Trajectory) -> None:
    """Every call is answered by one tool message, in order; and nothing else is."""
    waiting_for: list[str] = []
    for message in made.messages:
        if message.role == "tool" and message.name:
            assert waiting_for and message.name == waiting_for.pop(0), f"an answer to no call: {message}"
        elif message.role == "assistant":
            assert not waiting_for, f"calls without answers: {waiting_for}"
            waiting_for = [one.name for one in message.tool_calls]
        else:
            assert not waiting_for, f"calls without answers: {waiting_for}"
    assert not waiting_for, f"calls without answers: {waiting_for}"


COUNT, MISSING = call("count_orders"), call("get_order_details", order_id="no")


def test_several_calls_are_one_message_with_answers_in_order() -> None:
    agent = Script(Turn("Let me see.", (COUNT, MISSING, COUNT), "Two counts and a miss."))
    with closing(ToolEnv(folder=SHOP)) as env:
        made = rollout(env, TASKS[0], agent)
    turn, *answers = made.messages[2:6]
    assert (turn.content, turn.reasoning, turn.tool_calls) == (
        "Let me see.",
        "Two counts and a miss.",
        (COUNT, MISSING, COUNT),
    )
    assert [(one.role, one.name, one.error) for one in answers] == [
        ("tool", "count_orders", False), ("tool", "get_order_details", True), ("tool", "count_orders", False),
    ]  # fmt: skip
    assert agent.seen[1] == tuple(one.content for one in answers), "the agent is answered in the order of its calls"
    assert_paired(made)


@pytest.mark.parametrize("steps", [2, 3, 4, 5])
def test_a_limit_in_the_middle_of_a_turn_leaves_pairs(steps: int) -> None:
    with closing(ToolEnv(folder=SHOP, max_steps=steps)) as env:
        made = rollout(env, TASKS[0], Script(Turn("", (COUNT,) * 2), Turn("and", (MISSING,) * 9)))
    assert made.stop == "max_steps"
    assert sum(len(message.tool_calls) for message in made.messages) == steps, "each call counts as a step"
    assert_paired(made)


def test_words_to_the_user_among_calls_are_a_message_of_their_own() -> None:
    with closing(ToolEnv(folder=SHOP)) as env:
        made = rollout(
            env, TASKS[0], Script(Turn("so", (COUNT, call("respond", content="Which order?"), COUNT), "why"))
        )
    roles = [message.role for message in made.messages[2:8]]
    assert roles == ["assistant", "tool", "assistant", "user", "assistant", "tool"]
    assert [made.messages[place].content for place in (2, 4, 6)] == ["so", "Which order?", ""]
    assert [made.messages[place].reasoning for place in (2, 4, 6)] == ["why", "", ""]
    assert_paired(made)


calls = st.sampled_from([COUNT, MISSING, call("respond", content="And?"), call("count_orders", status=SURROGATE)])
turns = st.one_of(
    st.sampled_from(["Which order?", '{"name": ', '{"name": "count_orders"}', SURROGATE]),
    st.builds(Turn, st.text(max_size=3), st.lists(calls, max_size=4).map(tuple), st.text(max_size=3)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(turns, max_size=6), st.integers(2, 12))
def test_any_turns_make_a_record_that_pairs(script: list[object], steps: int) -> None:
    (done,) = played([Play(SHOP, TASKS[0], partial(Scripted, script))], Terms(max_steps=steps))
    (later,) = played([Play(SHOP, TASKS[0], partial(LaterScripted, script))], Terms(max_steps=steps))
    assert done.trajectory is not None and done.trajectory == later.trajectory
    assert_paired(done.trajectory)
    assert Trajectory.model_validate_json(done.trajectory.model_dump_json()) == done.trajectory


def Scripted(script: list[object], task: Task) -> Script:  # noqa: N802 - makes one
    return Script(*script)


def LaterScripted(script: list[object], task: Task) -> Script:  # noqa: N802 - makes one
    return Later(*script)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("WARNING"):
        yield
