"""Commands that make experience: tasks, episodes, verdicts, training rows. Each runs one stage and shows its yield."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from agentgym.cli.console import AsJson, Output
from agentgym.cli.options import (
    CORES,
    ApiBase,
    ApiKeyEnv,
    Cassette,
    Executor,
    LlmCache,
    Record,
    RetryErrors,
    Run,
    Seed,
    Temperature,
    User,
    Workers,
    names,
    reasons,
    show_dropped,
)
from agentgym.cli.played import show_rollout
from agentgym.cli.verdicts import show_verdicts
from agentgym.tasks.sampling.coverage import MAX_CALLS

PerDomain = Annotated[int, typer.Option(min=1, help="Tasks to sample in each domain.")]
Longest = Annotated[int, typer.Option(min=1, max=MAX_CALLS, help="Gold calls of a task, at most.")]
Plain = Annotated[
    bool, typer.Option("--plain", help="Users say all at once, in few words, and neither err nor think again.")
]
Paraphrase = Annotated[
    str, typer.Option(help="A model, as provider/model, that puts the tasks in other words where they keep them.")
]

Agent = Annotated[
    list[str] | None,
    typer.Option(
        "--agent",
        "-a",
        show_default="fallible",
        help="gold makes the gold calls, fallible errs as models do, planner searches the tools and sees no gold; "
        "provider/model is a model that litellm reaches. May be given several times.",
    ),
]
Trials = Annotated[int, typer.Option(min=1, help="Episodes of each agent at each task.")]
Concurrency = Annotated[
    int, typer.Option(min=1, help="Episodes in flight, all processes together: how many models are asked at once.")
]
MaxSteps = Annotated[int, typer.Option(min=2, help="Calls and messages after which an episode is cut off.")]
Domains = Annotated[str, typer.Option(help="Names of the domains to play, with commas; all of them.")]
On = Annotated[
    Executor, typer.Option(help="Where episodes are played: processes here, or the Ray here or at RAY_ADDRESS.")
]

Exact = Annotated[
    bool,
    typer.Option("--exact", help="Tasks that write must be done by the gold calls too, not just reach its state."),
]


def tasks(
    run: Run,
    per_domain: PerDomain = 20,
    longest: Longest = MAX_CALLS,
    plain: Plain = False,
    paraphrase: Paraphrase = "",
    api_base: ApiBase = "",
    api_key_env: ApiKeyEnv = "",
    cassette: Cassette = None,
    record: Record = False,
    seed: Seed = 0,
    workers: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Sample tasks in every domain of a run and keep those that are proven.

    Rules word them. With --paraphrase a model rewrites what the user says; a text that loses a value, adds one or gives
    an answer away is not taken over, and rejected.jsonl says why.

    Example: `agentgym tasks runs/mine --per-domain 50`

    Example: `agentgym tasks runs/mine --longest 3 --plain`

    Example: `agentgym tasks runs/mine --paraphrase openai/qwen3 --api-base http://127.0.0.1:8000/v1`
    """
    from agentgym import audit, stages
    from agentgym.llm import Options

    talk = Output(as_json)
    options = Options(api_base=api_base, api_key_env=api_key_env, cassette=cassette, record=record)
    with talk.progress() as progress:
        made = stages.tasks(
            run, per_domain=per_domain, seed=seed, longest=longest, plain=plain, paraphrase=paraphrase,
            options=options, workers=workers, progress=progress,
        )  # fmt: skip
    rows = [(name, counts["tasks"], counts["writes"], counts["dropped"]) for name, counts in made.items()]
    talk.table("Tasks", ("domain", "proven", "of these, writing", "draws dropped"), rows)
    dropped = [item for item in audit.dropped(run) if item.stage in ("tasks", "paraphrase")]
    show_dropped(talk, dropped)
    if paraphrase:
        whole = sum(made.values(), Counter())
        talk.say(f"{whole['reworded']} openings are in the words of {paraphrase}, for {whole['tokens']} tokens.")
    talk.say(f"Next: agentgym rollout {run}")
    tasks_made = {name: counts["tasks"] for name, counts in made.items()}
    talk.finish({"tasks": tasks_made, "dropped": reasons(dropped)}, problems=not any(tasks_made.values()))


def rollout(
    run: Run,
    agent: Agent = None,
    user: User = "scripted",
    trials: Trials = 1,
    concurrency: Concurrency = 64,
    max_steps: MaxSteps = 30,
    domains: Domains = "",
    api_base: ApiBase = "",
    api_key_env: ApiKeyEnv = "",
    temperature: Temperature = 0.0,
    llm_cache: LlmCache = None,
    cassette: Cassette = None,
    record: Record = False,
    retry_errors: RetryErrors = False,
    seed: Seed = 0,
    workers: Workers = CORES,
    executor: On = Executor.LOCAL,
    as_json: AsJson = False,
) -> None:
    """Play every task of a run: an agent, a user and the tools, turn by turn: trajectories.jsonl.

    Thousands of episodes of models are in flight at once; agents by rules need neither a model nor a network. Every
    episode is on disk as soon as it is over and is not played again: a run that was stopped, even by kill -9, goes on
    when the same command is given, and more --trials or another --agent cost only what is new.

    Exit codes: 0 every episode came to its end, 1 an error of an agent or a user ended some, a domain failed, or there
    was nothing to play, 2 the input cannot be used.

    Example: `agentgym rollout runs/mine --agent gold --agent fallible --trials 4`

    Example: `agentgym rollout runs/mine -a openai/qwen3 --api-base http://127.0.0.1:8000/v1 --concurrency 512`
    """
    from agentgym import stages
    from agentgym.llm import Options
    from agentgym.play.rollouts.batches import Request

    talk = Output(as_json)
    options = Options(api_base=api_base, api_key_env=api_key_env, cache=llm_cache, cassette=cassette, record=record)
    request = Request(
        agents=tuple(dict.fromkeys(agent or ["fallible"])), user=user, trials=trials, seed=seed, max_steps=max_steps,
        temperature=temperature, options=options,
    )  # fmt: skip
    with talk.progress() as progress:
        result = stages.rollout(
            run, request, domains=names("--domains", domains), workers=workers, on=executor.value,
            concurrency=concurrency, retry_errors=retry_errors, progress=progress,
        )  # fmt: skip
    show_rollout(talk, run, result)


def filter_(
    run: Run,
    exact: Exact = False,
    workers: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Judge the trajectories of a run in three stages: valid, state as gold, calls as gold: verdicts.jsonl.

    Nothing stored is believed: the calls are made again, and must be answered as they were and leave the same state.
    Exit codes: 0 some trajectories were kept, 1 none was, 2 the input cannot be used.

    Example: `agentgym filter runs/mine`

    Example: `agentgym filter runs/mine --exact --json`
    """
    from agentgym import stages

    talk = Output(as_json)
    with talk.progress() as progress:
        tally = stages.judge(run, exact=exact, workers=workers, progress=progress)
    show_verdicts(talk, tally)
    talk.say(f"Next: agentgym export {run}")
    talk.finish(tally.summary(), problems=not tally.total.kept)
