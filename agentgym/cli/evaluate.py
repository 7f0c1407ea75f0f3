"""The command that evaluates agents: on the field's benchmarks, and on our own environments."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agentgym.cli.console import AsJson, Output
from agentgym.cli.options import MODELS, Cassette, LlmCache, Record, RetryErrors, Seed, Temperature, User, names

if TYPE_CHECKING:
    from agentgym.evaluate.results import Result
    from agentgym.evaluate.suite import Evaluated

FILES = "Files"
ERRORS = 5  # that are shown
TURN = 900.0  # seconds after which the turn of an agent or a user is given up, whatever it waits for


class Export(StrEnum):
    """A format of others."""

    TAU2 = "tau2"
    INSPECT = "inspect"


Benchmarks = Annotated[
    list[str],
    typer.Argument(
        help="tau-retail, tau-retail-train, tau-retail-dev, tau-airline, tau2-retail, tau2-airline, tau2-telecom, "
        "acebench-en, acebench-zh, or our own: an id such as envscale/retail-v0, a domain folder, a run folder.",
    ),
]
Agent = Annotated[
    list[str] | None,
    typer.Option(
        "--agent",
        "-a",
        show_default="planner",
        help="provider/model is a model that litellm reaches; planner follows rules; gold does what is right. May "
        "be given several times.",
    ),
]
Trials = Annotated[int, typer.Option(min=1, help="Trials of each task: k of pass^k.")]
Concurrency = Annotated[int, typer.Option(min=1, help="Trials in flight: how many models are asked at once.")]
Tasks = Annotated[str, typer.Option(help="Ids of the tasks to play, with commas between them; all of them.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Play the first tasks only.")]
MaxSteps = Annotated[
    int | None, typer.Option(min=2, show_default="the benchmark's", help="Calls and messages before a trial is cut.")
]
Floors = Annotated[bool, typer.Option(help="Play the floors too: agents that need no skill.")]

Checkout = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=FILES,
        show_default="AGENTGYM_TAU_BENCH, AGENTGYM_TAU2, AGENTGYM_ACEBENCH",
        help="A checkout of τ-bench, τ²-bench or ACEBench. Where benchmarks of several of them are asked for, set the "
        "variables instead.",
    ),
]
Out = Annotated[
    Path, typer.Option("--out", "-o", rich_help_panel=FILES, help="Where trials, figures and the report go.")
]
Trajectories = Annotated[
    Path | None,
    typer.Option(rich_help_panel=FILES, help="A file of trials that τ-bench's own runner wrote, to be scored again."),
]
Exports = Annotated[
    list[Export] | None,
    typer.Option(rich_help_panel=FILES, help="Write trials for `tau2 view` or `inspect view` too. May be repeated."),
]

AgentBase = Annotated[str, typer.Option(rich_help_panel=MODELS, help="The agent's endpoint: http://127.0.0.1:8000/v1.")]
UserBase = Annotated[
    str, typer.Option(rich_help_panel=MODELS, help="The endpoint of the user's model; its provider's own.")
]
KeyEnv = Annotated[str, typer.Option(rich_help_panel=MODELS, help="The environment variable that holds its key.")]
UserTemperature = Annotated[
    float | None,
    typer.Option(rich_help_panel=MODELS, min=0, show_default="the benchmark's", help="Of the user's model."),
]
MaxTokens = Annotated[int, typer.Option(rich_help_panel=MODELS, min=1, help="Of each turn of the agent.")]
Deadline = Annotated[
    float,
    typer.Option(
        rich_help_panel=MODELS, min=1, max=TURN, help="Seconds that a model may take for an answer, with all retries."
    ),
]


def eval_(
    benchmark: Benchmarks,
    agent: Agent = None,
    user: User = "scripted",
    trials: Trials = 1,
    concurrency: Concurrency = 8,
    tasks: Tasks = "",
    limit: Limit = None,
    max_steps: MaxSteps = None,
    floors: Floors = True,
    checkout: Checkout = None,
    out: Out = Path("evaluations"),
    trajectories: Trajectories = None,
    export: Exports = None,
    api_base: AgentBase = "",
    api_key_env: KeyEnv = "",
    user_api_base: UserBase = "",
    user_api_key_env: KeyEnv = "",
    temperature: Temperature = 0.0,
    user_temperature: UserTemperature = None,
    max_tokens: MaxTokens = 2048,
    deadline: Deadline = 120.0,
    llm_cache: LlmCache = None,
    cassette: Cassette = None,
    record: Record = False,
    retry_errors: RetryErrors = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Evaluate agents: pass^k with intervals, the floors beside them, and a report in the layout of the paper's tables.

    Every trial is on disk as soon as it is over and is not played again: an evaluation that was stopped, even by
    kill -9, goes on when the same command is given. The report covers all that lies in the folder, so that benchmarks
    and agents can be added one by one. Trials that infrastructure ended count as failed, as in τ-bench, and are left
    out, as in τ²-bench: both figures are given.

    Several calls of one turn are all made, in order. The scorers of τ-bench and τ²-bench take up to 0.7 s of this
    process's time for a trial, which no --concurrency shortens.

    Exit codes: 0 every trial came to its end, 1 errors ended some, 2 the input cannot be used.

    Example: `agentgym eval tau-retail -a openai/qwen3 --api-base http://127.0.0.1:8000/v1 --user openai/gpt-4o`

    Example: `agentgym eval runs/held-out -a gold -a planner`
    """
    from agentgym.evaluate import suite
    from agentgym.evaluate.benchmark import Setup
    from agentgym.evaluate.runner import Request
    from agentgym.llm import Options

    talk = Output(as_json)
    reached = partial(
        Options, deadline=deadline, concurrency=concurrency, cache=llm_cache, cassette=cassette, record=record
    )
    asked_agent = reached(api_base=api_base, api_key_env=api_key_env)
    asked_user = reached(api_base=user_api_base, api_key_env=user_api_key_env)
    requests = [
        Request(
            agent=name, trials=trials, seed=seed, temperature=temperature, max_tokens=max_tokens, options=asked_agent
        )
        for name in dict.fromkeys(agent or ([] if trajectories else ["planner"]))
    ]
    asked = suite.Suite(
        benchmarks=tuple(dict.fromkeys(benchmark)), requests=requests,
        setup=Setup(checkout, user, asked_user, user_temperature, max_steps),
        tasks=names("--tasks", tasks), limit=limit, floors=floors, trajectories=trajectories,
        exports=[str(one) for one in export or ()], concurrency=concurrency, retry_errors=retry_errors,
    )  # fmt: skip
    with talk.progress() as progress:
        done = suite.run(asked, out, progress)
    _show(talk, done)


def _show(talk: Output, done: Evaluated) -> NoReturn:
    """Tables for people or one JSON value, then the exit code."""
    rows = [(result.benchmark, *_row(result)) for result in done.results]
    header = ("benchmark", "agent", "tasks", "trials", "accuracy [95%]", "pass^k", "errors", "dollars")
    talk.table("Evaluated", header, rows)
    if done.errors:
        talk.table("Errors, the most frequent", ("error", "trials"), done.errors.most_common(ERRORS))
        talk.say("--retry-errors plays again what an error ended")
    for file in (*done.files, done.report):
        talk.say(f"Written: {file}")
    told = [result.model_dump(mode="json", exclude={"settings"}) for result in done.results]
    files = [str(file) for file in done.files]
    talk.finish({"results": told, "report": str(done.report), "exports": files}, problems=bool(done.errors))


def _row(result: Result) -> tuple[str, int, int, str, str, int, str]:
    accuracy = result.accuracy.get("failed")
    shown = "-" if accuracy is None else f"{accuracy.value:.3f} [{accuracy.low:.3f}, {accuracy.high:.3f}]"
    curve = " ".join(f"{value:.3f}" for value in result.pass_k.get("failed", ()))
    dollars = sum(amount for what, amount in result.cost.items() if what.endswith("_dollars"))
    return result.label, result.tasks, result.trials, shown, curve, result.infrastructure, f"{dollars:.4f}"
