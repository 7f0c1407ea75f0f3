"""Tasks as the prompts of trainers whose loop has no user in it: all that the user knows is told at once.

What is lost with the user: nobody is asked, confirms, insists or thinks again, so a revision is told together with
what it revises, and whether an agent asks for the right thing is never put to the test. A refusal is accepted by
silence. What remains is to find the rows that are meant, to make the right calls, and to say what was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentgym.learn.rows import chat
from agentgym.registry import find
from agentgym.types import Json, Message, Task
from agentgym.users.knowledge import knowledge
from agentgym.world.load import LoadedDomain, load


def told_in_full(task: Task) -> str:
    """The user's opening message, with what puts it right and every fact that it leaves out."""
    known = knowledge(task)
    revised = {revision.label for revision in task.revisions}
    untold = [
        fact.text
        for place, fact in enumerate(known.facts)
        if not known.opened >> place & 1 and fact.label not in revised
    ]
    return " ".join([task.intent, *(revision.text for revision in task.revisions), *untold])


def trl_rows(
    domain: str | Path, *, tasks: Sequence[Task] | None = None, answers: bool = False, policy: bool = True
) -> list[dict[str, Json]]:
    """Rows for ``GRPOTrainer``, one a task: ``prompt``, ``environment``, ``domain`` and ``task``, its id.

    ``answers``: also the tasks whose user wants to be told something, which only ``trl_reward`` can grade. ``policy``:
    the domain's rules as the system message, as in the rows for supervised training. ``tasks``: the folder's by
    default. ``environment`` names the class where several are passed as {domain: class}.
    """
    loaded = load(find(domain))
    name = loaded.domain.name
    return [
        {"prompt": _prompt(loaded, task, policy), "environment": name, "domain": name, "task": task.id}
        for task in (loaded.tasks() if tasks is None else tasks)
        if answers or not task.outputs
    ]


def verl_rows(domain: str | Path, *, tasks: Sequence[Task] | None = None, policy: bool = True) -> list[dict[str, Json]]:
    """Rows for verl, one a task, whose solutions ``agentgym.learn.rl.scoring.compute_score`` grades.

    The ground truth is the task as JSON, and the data source the domain's folder, so that a row stands for itself.
    """
    loaded = load(find(domain))
    return [
        {
            "data_source": str(loaded.folder),
            "prompt": _prompt(loaded, task, policy),
            "ability": "tool_use",
            "reward_model": {"style": "rule", "ground_truth": task.model_dump_json()},
            "extra_info": {"index": index, "domain": loaded.domain.name, "task": task.id},
        }
        for index, task in enumerate(loaded.tasks() if tasks is None else tasks)
    ]


def _prompt(loaded: LoadedDomain, task: Task, policy: bool) -> list[Json]:
    """The messages before the assistant's first turn, without control tokens."""
    system = [Message(role="system", content=loaded.policy)] if policy else []
    return chat([*system, Message(role="user", content=told_in_full(task))])
