"""Trials as the ``Results`` of tau2-bench v0.2.0 (data_model/simulation.py): JSON that its ``tau2 view`` opens."""

from __future__ import annotations

from pathlib import Path

from agentgym.evaluate.benchmark import Ending, Trial
from agentgym.evaluate.pairing import EPOCH, Paired, paired
from agentgym.evaluate.store import SETTINGS, read_trials
from agentgym.files import read_json, write_json
from agentgym.types import Json

_ENDINGS: dict[Ending, str] = {
    "user_done": "user_stop",
    "user_gave_up": "user_stop",
    "transferred": "agent_stop",
    "turn_over": "agent_stop",
    "max_steps": "max_steps",
    "agent_error": "too_many_errors",  # tau2 has no word for them
    "user_error": "too_many_errors",
    "environment_error": "too_many_errors",
}


def write_tau2(folder: Path, path: Path) -> None:
    """Write the trials of ``folder`` to ``path``. Raises ``RunError`` where ``folder`` holds none.

    A task holds what the user opened with: tau2 keeps more of its own tasks than a trial tells. Policies and times are
    left out; errors of infrastructure keep the reward 0.
    """
    settings = read_json(folder / SETTINGS)
    trials = list(read_trials(folder).values())
    counts: dict[str, int] = {}
    for trial in trials:
        counts[trial.score.task] = counts.get(trial.score.task, 0) + 1
    openings = {trial.score.task: _opening(trial) for trial in trials}
    write_json(
        path,
        {
            "timestamp": EPOCH,
            "info": _info(settings, max(counts.values(), default=1)),
            "tasks": [_task(task, words) for task, words in openings.items()],
            "simulations": [_simulation(trial) for trial in trials],
        },
    )


def _info(settings: Json, trials: int) -> Json:
    return {
        "git_commit": settings["identity"]["commit"],
        "num_trials": trials,
        "max_steps": settings["max_steps"] or 0,  # 0: as the benchmark has it
        "max_errors": 0,  # nobody counts them here
        "user_info": {"implementation": "envscale", "llm": settings["user"]},
        "agent_info": {"implementation": "envscale", "llm": settings["agent"]},
        "environment_info": {"domain_name": settings["benchmark"], "policy": ""},
        "seed": settings["seed"],
    }


def _task(task: str, opening: str) -> Json:
    return {"id": task, "user_scenario": {"instructions": opening}, "evaluation_criteria": {"actions": []}}


def _simulation(trial: Trial) -> Json:
    score = trial.score
    return {
        "id": f"{score.task}/{score.trial}",
        "task_id": score.task,
        "timestamp": EPOCH,
        "start_time": EPOCH,
        "end_time": EPOCH,
        "duration": 0.0,
        "termination_reason": _ENDINGS[trial.stop],
        "agent_cost": trial.cost.get("agent_dollars", 0.0),
        "user_cost": trial.cost.get("user_dollars", 0.0),
        "reward_info": {
            "reward": score.reward,
            "reward_basis": [],
            "reward_breakdown": {},
            "info": {**score.detail, "stop": trial.stop, "error": trial.error},
        },
        "messages": [_message(one) for one in paired(trial.messages) if one.message.role != "system"],
        "trial": score.trial,
        "seed": trial.seed,
    }


def _message(paired: Paired) -> Json:
    number, message, ids = paired
    shared = {"role": message.role, "content": message.content, "turn_idx": number, "timestamp": None}
    if message.role == "tool":
        return {**shared, "id": ids[0], "error": message.error, "requestor": "assistant"}
    calls = [
        {"id": identity, "name": call.name, "arguments": call.arguments, "requestor": "assistant"}
        for identity, call in zip(ids, message.tool_calls, strict=True)
    ]
    return {**shared, "tool_calls": calls or None}


def _opening(trial: Trial) -> str:
    return next((message.content for message in trial.messages if message.role == "user"), "")
