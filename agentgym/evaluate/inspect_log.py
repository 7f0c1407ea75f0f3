"""Trials as a log of Inspect (``inspect_ai``): an ``.eval`` file that ``inspect view`` opens.

Such a file is a zip of JSON: ``header.json``, the log without its samples; ``summaries.json``, a list of short ones;
and ``samples/<id>_epoch_<n>.json``. A sample is a task, an epoch a trial.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from agentgym.evaluate.benchmark import ERRORS, Trial
from agentgym.evaluate.pairing import EPOCH, Paired, paired
from agentgym.evaluate.store import SETTINGS, read_trials
from agentgym.files import digest, read_json, replacing
from agentgym.types import Json

_VERSION = 2  # of the log's schema
_SCORER = "reward"
_AT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can tell: the same trials give the same bytes
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def write_inspect(folder: Path, path: Path) -> None:
    """Write the trials of ``folder`` to ``path``. Raises ``RunError`` where ``folder`` holds no settings."""
    settings = read_json(folder / SETTINGS)
    trials = list(read_trials(folder).values())
    names = {task: _UNSAFE.sub("_", task) for task in dict.fromkeys(trial.score.task for trial in trials)}
    with replacing(path) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        _put(archive, "header.json", _header(settings, trials))
        _put(archive, "summaries.json", [_summary(trial) for trial in trials])
        for trial in trials:
            name = f"{names[trial.score.task]}_epoch_{trial.score.trial + 1}"
            _put(archive, f"samples/{name}.json", _sample(trial, settings["agent"]))


def _put(archive: ZipFile, name: str, value: Json) -> None:
    entry = ZipInfo(name, _AT)
    entry.compress_type = ZIP_DEFLATED
    archive.writestr(entry, json.dumps(value, ensure_ascii=False, allow_nan=False))


def _header(settings: Json, trials: Sequence[Trial]) -> Json:
    identity = digest(settings)[:22]
    tasks = list(dict.fromkeys(trial.score.task for trial in trials))
    epochs = max((trial.score.trial + 1 for trial in trials), default=1)
    mean = sum(trial.score.reward for trial in trials) / max(1, len(trials))
    metrics = {"mean": {"name": "mean", "value": mean, "params": {}}}
    return {
        "version": _VERSION,
        "status": "success",
        "eval": {
            "eval_id": identity,
            "run_id": identity,
            "task_id": identity,
            "created": EPOCH,
            "task": settings["benchmark"],
            "task_version": settings["identity"]["version"] or settings["identity"]["commit"] or 0,
            "dataset": {"name": settings["benchmark"], "samples": len(tasks), "sample_ids": tasks, "shuffled": False},
            "model": settings["agent"],
            "config": {"epochs": epochs},
            "metadata": settings,
        },
        "plan": {"name": "plan", "steps": [], "config": {}},
        "results": {
            "total_samples": len(trials),
            "completed_samples": sum(trial.stop not in ERRORS for trial in trials),
            "scores": [{"name": _SCORER, "scorer": _SCORER, "params": {}, "metrics": metrics}],
        },
        "stats": {"started_at": EPOCH, "completed_at": EPOCH, "model_usage": {}},
    }


def _summary(trial: Trial) -> Json:
    """A sample as lists show it."""
    summary = {
        "id": trial.score.task,
        "epoch": trial.score.trial + 1,
        "input": _opening(trial),
        "target": "",
        "scores": _scores(trial),
        "completed": True,
        "message_count": len(trial.messages),
    }
    return {**summary, "error": trial.error} if trial.error else summary


def _sample(trial: Trial, agent: str) -> Json:
    score = trial.score
    words = next((message.content for message in reversed(trial.messages) if message.role == "assistant"), "")
    choice = {"message": {"role": "assistant", "content": words, "model": agent}, "stop_reason": "stop"}
    sample = {
        "id": score.task,
        "epoch": score.trial + 1,
        "input": _opening(trial),
        "target": "",
        "messages": [_message(one, agent) for one in paired(trial.messages)],
        "output": {"model": agent, "choices": [choice], "completion": words},
        "scores": _scores(trial),
        "metadata": {"seed": trial.seed, "stop": trial.stop, "infrastructure": trial.infrastructure, **trial.cost},
        "store": {},
        "events": [],
        "model_usage": {},
        "attachments": {},
    }
    if not trial.error:
        return sample
    return {**sample, "error": {"message": trial.error, "traceback": trial.error, "traceback_ansi": trial.error}}


def _scores(trial: Trial) -> Json:
    score = trial.score
    return {_SCORER: {"value": score.reward, "explanation": trial.stop, "metadata": score.detail}}


def _message(paired: Paired, agent: str) -> Json:
    number, message, ids = paired
    shared: dict[str, Json] = {"id": f"message_{number}", "role": message.role, "content": message.content}
    if message.role == "tool":
        failed = {"error": {"type": "unknown", "message": message.content}} if message.error else {}
        return {**shared, "tool_call_id": ids[0], "function": message.name, **failed}
    if message.role != "assistant":
        return shared
    if message.reasoning:
        thought = {"type": "reasoning", "reasoning": message.reasoning}
        shared["content"] = [thought, {"type": "text", "text": message.content}]
    calls = [
        {"id": identity, "function": call.name, "arguments": call.arguments, "type": "function"}
        for identity, call in zip(ids, message.tool_calls, strict=True)
    ]
    return {**shared, "model": agent, "source": "generate", **({"tool_calls": calls} if calls else {})}


def _opening(trial: Trial) -> str:
    return next((message.content for message in trial.messages if message.role == "user"), "")
