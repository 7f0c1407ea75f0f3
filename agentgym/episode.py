"""One episode without its world: a task, a user and how far they have come, small enough to keep by the thousand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, get_args

from agentgym.errors import AgentGymError, TaskError, ToolError
from agentgym.files import digest
from agentgym.spaces import REFUSED, Call, observe, understood
from agentgym.tasks.progress import all_told, open_goals, told
from agentgym.tasks.verify import Grade, Mode, grade, is_gold, judged_by, state_aligned
from agentgym.types import RowChange, Stop, Task
from agentgym.users import Reply, ScriptedUser, Sight, User, UserFactory
from agentgym.world.diff import lines

if TYPE_CHECKING:
    from agentgym.world.load import LoadedDomain
    from agentgym.world.world import World

Step: TypeAlias = tuple[str, float, bool, bool, dict[str, Any]]  # as Gymnasium's Env.step returns it
Choice: TypeAlias = Task | str | int | None  # a task, its id, its index, or None for one that the seed draws

DEPARTED = -1  # of ``Episode.matched``: the calls are not the gold ones any more


@dataclass(frozen=True)
class Terms:
    """How episodes are played: what they are judged by, when they are cut, who the user is."""

    reward: Mode = "auto"  # as tasks.verify.Mode says
    max_steps: int = 30
    user: UserFactory = ScriptedUser

    def __post_init__(self) -> None:
        if self.reward not in get_args(Mode):
            raise ValueError(f"reward={self.reward!r} is not one of {list(get_args(Mode))}")
        if self.max_steps < 2:
            raise ValueError(f"max_steps={self.max_steps}; an episode needs at least 2 steps")


class Setting:
    """What the episodes of one domain share: its tasks and the terms."""

    def __init__(self, loaded: LoadedDomain, terms: Terms) -> None:
        self.loaded = loaded
        self.terms = terms
        self.domain = loaded.domain
        self.name = loaded.domain.name
        self._tasks: tuple[Task, ...] | None = None

    def choose(self, wanted: Choice, seed: int, number: int) -> tuple[Task, int]:
        """The task of episode ``number`` of an environment with ``seed``, and its user's seed.

        They depend on nothing else. Raises ``TaskError`` where there is no task as ``wanted``.
        """
        high, low = _chances(seed, number)
        return self._task(wanted, high), low

    def begin(self, world: World, task: Task, user_seed: int) -> tuple[Episode, str]:
        """Bring ``world`` to where ``task`` starts. The new episode, and the user's opening message."""
        world.reset(task.state)
        episode = self.meet(task, user_seed)
        return episode, episode.user.open()

    def meet(self, task: Task, user_seed: int) -> Episode:
        """The episode of ``task`` with its user, for a world that is where the task starts."""
        return Episode(self, task, self.terms.user(task, user_seed))

    def _task(self, wanted: Choice, chance: int) -> Task:
        if isinstance(wanted, Task):
            if wanted.domain != self.name:
                raise TaskError(f"task {wanted.id!r} is of domain {wanted.domain!r}, not {self.name!r}")
            return wanted
        if self._tasks is None:
            self._tasks = self.loaded.tasks()
        tasks = self._tasks
        if not tasks:
            raise TaskError(f"{self.loaded.folder} has no tasks; sample some, or pass options={{'task': Task(...)}}")
        if wanted is None:
            return tasks[chance % len(tasks)]
        if isinstance(wanted, int) and not isinstance(wanted, bool) and -len(tasks) <= wanted < len(tasks):
            return tasks[wanted]
        for task in tasks:
            if task.id == wanted:
                return task
        raise TaskError(f"{self.name} has no task {wanted!r}; it has {len(tasks)}, such as {tasks[0].id!r}")


@lru_cache(maxsize=4096)
def _chances(seed: int, number: int) -> tuple[int, int]:
    """Two numbers, the second below 2**31, that nothing but ``seed`` and ``number`` decides."""
    return divmod(int(digest([seed, number]), 16), 2**31)


class Heard(NamedTuple):
    """The agent has spoken: how things stand, before the user answers."""

    grade: Grade
    diff: tuple[RowChange, ...]
    sight: Sight


class Episode:
    """The course of one episode. The rows are in a world, which each step is given in the state the last one left."""

    __slots__ = ("matched", "setting", "stop", "task", "told", "turn", "user")

    def __init__(self, setting: Setting, task: Task, user: User) -> None:
        self.setting = setting
        self.task = task
        self.user = user
        self.turn = 0
        self.stop: Stop | None = None
        self.matched = 0 if judged_by(setting.terms.reward, task) == "exact" else DEPARTED  # gold calls made, in order
        self.told = 0  # the outputs that the agent has told, as bits

    def step(self, world: World, action: object) -> Step:
        """One tool call or one message to the user. Nothing that is sent raises."""
        if self.stop is not None:
            return f"{REFUSED}the episode is over; call reset()", 0.0, True, False, self.info()
        what = understood(action)
        if not isinstance(what, str):
            return self.act(world, what)
        heard = self.hear(world, what)
        try:
            reply = self.user.reply(what, heard.sight)
        except AgentGymError as error:
            return self.silence(heard, error)
        return self.answer(world, heard, reply)

    def act(self, world: World, what: Call | ToolError) -> Step:
        """A tool call, or an action that is none."""
        self.turn += 1
        if isinstance(what, ToolError):
            return self._go_on(world, f"{REFUSED}{what}")
        name, arguments = what
        result = world.call(name, arguments)
        if self.matched != DEPARTED and result.error is None:
            gold = is_gold(name, arguments, self.matched, self.task, self.setting.domain)
            self.matched = self.matched + 1 if gold else DEPARTED
        return self._go_on(world, observe(result))

    def info(self) -> dict[str, Any]:
        """What an agent may know of the episode besides the observation."""
        return {"task": self.task.id, "domain": self.setting.name, "turn": self.turn}

    def hear(self, world: World, message: str) -> Heard:
        """Take in what the agent says to the user; ``answer`` or ``silence`` follows, with the world as it is now."""
        self.turn += 1
        self.told = told(self.task, message, self.told)
        diff = world.diff()
        grade = self._grade(diff)
        return Heard(grade, diff, Sight(True) if grade.reward == 1.0 else self._sight(diff))

    def answer(self, world: World, heard: Heard, reply: Reply) -> Step:
        """The user has answered what was heard."""
        if reply.stop is None:
            return self._go_on(world, reply.text)
        return reply.text, heard.grade.reward, True, False, self._end(reply.stop, heard.grade, heard.diff)

    def silence(self, heard: Heard, error: Exception) -> Step:
        """The user cannot answer: a model that plays it may be out of reach."""
        ending = self._end("user_error", heard.grade._replace(reward=0.0), heard.diff)
        return f"{REFUSED}the user cannot answer: {error}", 0.0, False, True, ending

    def _sight(self, diff: tuple[RowChange, ...]) -> Sight:
        """What the user sees of a task that is not done: its open goals, and which of them want only to be told."""
        task, tables = self.task, self.setting.domain.tables
        still = open_goals(task, diff, self.matched, self.told, tables)
        if all_told(task, self.told):
            return Sight(False, still)
        undone = open_goals(task, diff, self.matched, (1 << len(task.outputs)) - 1, tables)
        return Sight(False, still, tuple(goal for goal in still if goal not in undone))

    def _go_on(self, world: World, observation: str) -> Step:
        """The user has not ended it; the number of steps may."""
        limit = self.setting.terms.max_steps
        if self.turn < limit:
            return observation, 0.0, False, False, self.info()
        diff = world.diff()
        failed = self._grade(diff)._replace(reward=0.0, reason=f"the user had not ended it after {limit} steps")
        return observation, 0.0, False, True, self._end("max_steps", failed, diff)

    def _grade(self, diff: tuple[RowChange, ...]) -> Grade:
        task, domain = self.task, self.setting.domain
        judge = judged_by(self.setting.terms.reward, task)
        met = state_aligned(diff, task, domain.tables) if judge == "state" else self.matched == len(task.gold)
        return grade(judge, met, self.setting.terms.reward != "auto" or all_told(task, self.told))

    def _end(self, stop: Stop, final: Grade, diff: tuple[RowChange, ...]) -> dict[str, Any]:
        self.stop = stop
        return {**self.info(), "stop": stop, "reward_info": final._asdict(), "diff": lines(diff)}
