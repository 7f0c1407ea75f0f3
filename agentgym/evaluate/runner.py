"""Any agent over any benchmark: what is asked for and not over yet is played, many trials at once.

A trial that is over is on disk and is not played again, however the evaluation was stopped.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec

from agentgym.build.ledger import digest_of
from agentgym.errors import RunError, TaskError, nearest
from agentgym.evaluate.benchmark import ERRORS, FLOORS, PUPPETS, Benchmark, Historical, Setup, T
from agentgym.evaluate.playing import Wanted, play_trial
from agentgym.evaluate.store import TrialStore
from agentgym.llm import Options, shared_client
from agentgym.play.agents.agent import Agent
from agentgym.play.agents.llm import STAGE, AgentModel, LLMAgent
from agentgym.play.agents.planner import PlannerAgent
from agentgym.play.rollouts.players import is_model
from agentgym.runs import Progress, silent
from agentgym.types import Json, Record

P = ParamSpec("P")

RECORDED = "recorded"  # the agent and the user of trials that others have played
CONCURRENCY = 8  # trials in flight, where nobody says


class Request(Record):
    """What is asked for, of every task."""

    agent: str  # gold, null, transfer, talk, planner, whatever else the benchmark offers, or a model: provider/model
    trials: int = 1  # of each task: the first with ``seed``, the next with ``seed + 1``, ...
    seed: int = 0
    temperature: float = 0.0  # of an agent that is a model
    max_tokens: int | None = 2048  # of each of its turns
    options: Options = Options()  # how its model is reached


def blocking(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """``function`` in an event loop of its own. It raises ``RunError`` inside a running one, which it would stop."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(function(*args, **kwargs))
        raise RunError("an event loop is running, as in a notebook: use `await aevaluate(...)` there")

    return run


async def aevaluate(
    benchmark: Benchmark,
    setup: Setup,
    request: Request,
    out: Path,
    *,
    tasks: Sequence[str] | None = None,
    concurrency: int = CONCURRENCY,
    retry_errors: bool = False,
    progress: Progress = silent,
) -> Path:
    """Play what is asked for into a folder under ``out``, and return that folder. Models are asked in this event loop.

    ``tasks``: ids; all of them by default. ``setup`` is what ``benchmark`` was made from. With ``retry_errors`` trials
    that an error ended are played again. Equal arguments give equal trials, as far as models do.

    Raises:
        RunError: there is no such agent here, or the folder holds trials of other settings.
        TaskError: there is no such task.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency={concurrency}; at least one trial has to be in flight")
    played = chosen(benchmark, tasks)
    make = maker(benchmark, request, played[0])
    folder = out / benchmark.name / _slug(f"{request.agent}--{setup.user}")
    wanted = [Wanted(task, trial, request.seed + trial) for trial in range(request.trials) for task in played]
    with closing(TrialStore(folder, settings(benchmark, setup, request))) as store:
        kept = store.trials().items()
        over = {place for place, trial in kept if not (retry_errors and trial.stop in ERRORS)}
        waiting = [one for one in wanted if (one.task, one.trial) not in over]
        done, left = len(wanted) - len(waiting), iter(waiting)
        stage = f"{benchmark.name} {request.agent}"
        progress(stage, done, len(wanted))

        async def work() -> None:
            nonlocal done
            for one in left:
                begin = partial(benchmark.episode, one.task, one.seed)
                store.add(await play_trial(benchmark.name, one, begin, partial(make, one.task)))
                done += 1
                progress(stage, done, len(wanted))
                await asyncio.sleep(0)  # official code blocks the loop: whoever has an answer comes next

        await asyncio.gather(*(work() for _ in range(min(concurrency, len(waiting)))))
    return folder


evaluate = blocking(aevaluate)  # the same for code that is not async


def replay(
    benchmark: Benchmark, setup: Setup, path: Path, out: Path, *, tasks: Sequence[str], progress: Progress = silent
) -> Path:
    """Play the trials of ``tasks`` that others have recorded in ``path`` again; the folder under ``out``.

    ``Score.detail["recorded"]`` is the reward in the file, and ``["reproduced"]`` whether it is that of the new trial.
    Raises ``RunError`` where this benchmark reads no such files, or where the folder holds trials of another one.
    """
    if not isinstance(benchmark, Historical):
        raise RunError(f"{benchmark.name} reads no recorded trajectories; τ-bench does")
    histories = benchmark.histories(path)  # first: where they cannot be read no folder is made
    request = Request(agent=RECORDED)
    folder = out / benchmark.name / _slug(f"{RECORDED}--{path.stem}")
    asked = {**settings(benchmark, setup, request), "user": RECORDED, "trajectories": digest_of(path)}
    with closing(TrialStore(folder, asked)) as store:
        over = store.trials()
        for number, (task, trial, reward, agent, episode) in enumerate(histories, 1):
            if (task, trial) in over or task not in tasks:
                episode.close()
                continue
            begin, make = partial(_given, episode), partial(_given, agent)
            played = blocking(play_trial)(benchmark.name, Wanted(task, trial, 0), begin, make)
            detail = {**played.score.detail, "recorded": reward, "reproduced": played.score.reward == reward}
            store.add(played.model_copy(update={"score": played.score.model_copy(update={"detail": detail})}))
            progress(f"{benchmark.name} {path.name}", number, number)  # nobody knows how many come
    return folder


def _given(what: T) -> T:
    return what


def floors(benchmark: Benchmark) -> list[str]:
    """The floors that this benchmark has."""
    first = benchmark.tasks()[0]
    return [kind for kind in FLOORS if benchmark.puppet(kind, first) is not None]


def chosen(benchmark: Benchmark, tasks: Sequence[str] | None = None) -> Sequence[str]:
    """The tasks to play: ``tasks``, or all. Raises ``TaskError`` for one that is not there, ``RunError`` for none."""
    known = benchmark.tasks()
    if not known:
        raise RunError(f"{benchmark.name} has no tasks")
    for task in tasks or ():
        if task not in known:
            raise TaskError(f"{benchmark.name} has no task {task!r}{nearest(task, known)}; it has {len(known)}")
    return list(dict.fromkeys(tasks)) if tasks else known


def maker(benchmark: Benchmark, request: Request, task: str) -> Callable[[str], Agent]:
    """Makes the agent of a request for a task. Raises ``RunError`` where there is none for ``task``."""
    name = request.agent
    if is_model(name):
        settings = AgentModel(name, request.temperature, max_tokens=request.max_tokens, guide=benchmark.guided)
        complete = shared_client(request.options).at(STAGE)
        return lambda task: LLMAgent(complete, settings)
    if name == "planner":
        return lambda task: PlannerAgent()
    if benchmark.puppet(name, task) is None:
        known = [*(kind for kind in PUPPETS if benchmark.puppet(kind, task) is not None), "planner"]
        raise RunError(
            f"{benchmark.name} has no agent {name!r}{nearest(name, known)}; it has {', '.join(known)}, and models as "
            "provider/model"
        )

    def make(task: str) -> Agent:
        agent = benchmark.puppet(name, task)
        if agent is None:
            raise RunError(f"{benchmark.name} has an agent {name!r} for other tasks, and none for {task!r}")
        return agent

    return make


def settings(benchmark: Benchmark, setup: Setup, request: Request) -> dict[str, Json]:
    """What all trials of one folder have in common. How many there are, and where models are served, may change."""
    model, user = is_model(request.agent), is_model(setup.user)
    return {
        "benchmark": benchmark.name,
        "identity": benchmark.identity().model_dump(mode="json"),
        "agent": request.agent,
        "user": setup.user,
        "seed": request.seed,
        "max_steps": setup.max_steps,
        "temperature": request.temperature if model else None,
        "max_tokens": request.max_tokens if model else None,
        "user_temperature": setup.temperature if user else None,
    }


def _slug(name: str) -> str:
    """A name that any file system takes: ``openai/qwen3--scripted`` -> ``openai_qwen3--scripted``."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[:120]
