"""A small run whose funnel is done: domains, trajectories that were kept, and their verdicts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from agentgym.files import write_records
from agentgym.spaces import observe
from agentgym.types import Json, Message, Task, Trajectory, Verdict
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World
from tests.minishop import MINISHOP


def play(loaded: LoadedDomain, task: Task, *, agent: str = "gold", trial: int = 0, said: str = "") -> Trajectory:
    """The gold calls of a task, each in its turn, with the answers that the tools give. ``said`` opens instead."""
    messages = [Message(role="system", content=loaded.policy), Message(role="user", content=said or task.intent)]
    with closing(World(loaded)) as world:
        world.reset(task.state)
        for call in task.gold:
            result = world.call(call.name, call.arguments)
            messages.append(Message(role="assistant", tool_calls=(call,)))
            error = result.error is not None
            messages.append(Message(role="tool", name=call.name, content=observe(result), error=error))
        diff = world.diff()
    messages += [Message(role="assistant", content="All done."), Message(role="user", content="Thanks!")]
    return Trajectory(
        id=f"{task.id}/{agent}/{trial}",
        task=task.id,
        domain=task.domain,
        messages=tuple(messages),
        diff=diff,
        stop="user_done",
        reward=1.0,
        agent=agent,
        user="scripted",
        trial=trial,
    )


def copy_shop(folder: Path, name: str, *, tools: str = "") -> Path:
    """The minishop under another name, with ``tools`` put after the name of each of its tools."""
    shutil.copytree(MINISHOP, folder / name)
    domain = json.loads((MINISHOP / "domain.json").read_text("utf-8"))
    names = re.compile(rf"\b({'|'.join(tool['name'] for tool in domain['tools'])})\b")
    for file in ("domain.json", "tools.py", "policy.md", "tasks.jsonl"):
        path = folder / name / file
        path.write_text(names.sub(rf"\1{tools}", path.read_text("utf-8")), "utf-8")
    domain = json.loads((folder / name / "domain.json").read_text("utf-8"))
    domain |= {"name": name, "provenance": {**domain["provenance"], "specs": f"digest of {name}"}}
    (folder / name / "domain.json").write_text(json.dumps(domain), "utf-8")
    tasks = [
        {**task, "domain": name, "id": task["id"].replace("minishop", name)}
        for task in lines(folder / name / "tasks.jsonl")
    ]
    (folder / name / "tasks.jsonl").write_text("".join(f"{json.dumps(task)}\n" for task in tasks), "utf-8")
    return folder / name


def write_run(folder: Path, trajectories: Sequence[Trajectory]) -> None:
    """The trajectories of a run, and a verdict for each that keeps it."""
    write_records(folder / "trajectories.jsonl", trajectories)
    kept = [Verdict(trajectory=item.id, stage="state", kept=True) for item in trajectories]
    write_records(folder / "verdicts.jsonl", kept)


def played(folder: Path) -> list[Trajectory]:
    """An episode of every task of every domain in ``folder``."""
    loaded = [load(path) for path in sorted(folder.iterdir())]
    return [play(domain, task) for domain in loaded for task in domain.tasks()]


def lines(path: Path) -> list[Json]:
    """The JSON values of a file, one a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
