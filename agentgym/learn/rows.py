"""One kept trajectory -> one row that chat trainers read (paper 3.2).

A row is ``messages`` and ``tools`` in the OpenAI chat format, with columns to filter, sort and split by. Arguments are
objects, never JSON text. A row ends with the last assistant turn: what follows it teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from agentgym import hygiene
from agentgym.env import functions
from agentgym.files import canonical
from agentgym.types import Difficulty, Domain, Json, Message, Rejection, Task, Trajectory
from agentgym.world.load import LoadedDomain

Row = dict[str, Json]

FORGED = "a control token in what the assistant said"
SCHEMA = "a control token in a tool's schema"
SILENT = "the assistant said nothing"
NO_TASK = "the task is not in the domain"
UNPLAIN = "an argument that JSON cannot hold"
UNPAIRED = "a call without an answer, or an answer without a call"


@dataclass(frozen=True)
class Source:
    """A domain as its rows need it: tools with clean prose, and the tasks by id."""

    domain: Domain
    tools: list[Json]
    tasks: dict[str, Task]
    forged: str = ""  # a control token in the tools that cannot be neutralised
    neutralised: int = 0  # control tokens in the tools that were

    @property
    def name(self) -> str:
        return self.domain.name

    @classmethod
    def of(cls, loaded: LoadedDomain) -> Source:
        tools = functions(loaded.domain)
        clean = hygiene.clean_schema(tools)
        left = hygiene.tokens_of(clean)
        return cls(
            domain=loaded.domain,
            tools=clean,
            tasks={task.id: task for task in loaded.tasks()},
            forged=left[0] if left else "",
            neutralised=len(hygiene.tokens_of(tools)) - len(left),
        )


def row(trajectory: Trajectory, source: Source, *, reasoning: bool = False) -> Row | Rejection:
    """The training row of a trajectory in the domain of ``source``, or why there is none.

    ``reasoning``: keep what the model thought, under ``reasoning_content``.
    """
    said = list(trajectory.messages)
    while said and said[-1].role != "assistant":
        said.pop()
    reason, detail = _refusal(trajectory, said, source)
    if reason:
        return Rejection(stage="export", subject=trajectory.id, reason=reason, detail=detail)
    task = source.tasks[trajectory.task]
    return {
        "messages": chat(said, reasoning=reasoning),
        "tools": source.tools,
        "id": trajectory.id,
        "domain": trajectory.domain,
        "task": trajectory.task,
        "agent": trajectory.agent,
        "user": trajectory.user,
        "trial": trajectory.trial,
        "kinds": kinds(task, said),
        **_difficulty(task),
        "turns": sum(message.role == "assistant" for message in said),
        "characters": sum(len(message.content) for message in said),
        "neutralised": sum(len(hygiene.controls(m.content)) for m in said) + source.neutralised,
        "overlaps": [],
    }


def _refusal(trajectory: Trajectory, said: Sequence[Message], source: Source) -> tuple[str, str]:
    """Why there can be no row, and the detail; ("", "") where there can."""
    if not said:
        return SILENT, ""
    if trajectory.task not in source.tasks:
        return (
            NO_TASK,
            f"{trajectory.task!r} is not in the tasks.jsonl of {source.name}; play and filter its tasks again",
        )
    if not paired(said):
        return UNPAIRED, "filter the run again"
    if not _plain(said):
        return UNPLAIN, "filter the run again"
    if source.forged:
        return SCHEMA, f"{source.forged} in {source.name}/domain.json, outside of descriptions"
    found = (token for message in said if message.role == "assistant" if (token := hygiene.forged(message)))
    token = next(found, "")
    return (FORGED, token) if token else ("", "")


# -- messages -------------------------------------------------------------------------------------


def paired(messages: Sequence[Message]) -> bool:
    """Whether every call, but for the last turn's, is answered by a tool message of its name, in order and at once."""
    awaited: list[str] = []
    for message in messages:
        if message.role == "tool":
            if not awaited or awaited.pop(0) != message.name:
                return False
        elif awaited:
            return False
        else:
            awaited = [call.name for call in message.tool_calls]
    return True


def _plain(messages: Sequence[Message]) -> bool:
    """Whether the arguments of all calls are JSON: NaN and the infinities are not, though Python reads them."""
    try:
        for message in messages:
            for call in message.tool_calls:
                canonical(call.arguments)
    except ValueError:
        return False
    return True


def chat(messages: Sequence[Message], *, reasoning: bool = False) -> list[Json]:
    """Paired messages in the OpenAI chat format, text from outside without control tokens.

    Calls are numbered through the row as ``call00000``, and each is named by the tool message that answers it: nine
    letters and digits, because Mistral's chat templates refuse any other id; the rest accept or ignore them.
    """
    numbers = count()
    awaited: list[str] = []  # ids of calls not answered yet, oldest first
    out: list[Json] = []
    for message in messages:
        if message.role == "assistant":
            ids = [f"call{next(numbers):05}" for _ in message.tool_calls]
            awaited += ids
            out.append(_assistant(message, ids, reasoning=reasoning))
        elif message.role == "tool":
            content = hygiene.neutralise(message.content)
            out.append({"role": "tool", "tool_call_id": awaited.pop(0), "name": message.name, "content": content})
        else:
            out.append({"role": message.role, "content": hygiene.neutralise(message.content)})
    return out


def _assistant(message: Message, ids: Sequence[str], *, reasoning: bool) -> Json:
    turn: dict[str, Json] = {"role": "assistant", "content": message.content}
    if reasoning and message.reasoning:
        turn["reasoning_content"] = message.reasoning
    if message.tool_calls:
        turn["tool_calls"] = [
            {"id": name, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for name, call in zip(ids, message.tool_calls, strict=True)
        ]
    return turn


# -- what curricula sort by -----------------------------------------------------------------------


def kinds(task: Task, messages: Sequence[Message]) -> list[str]:
    """What a row can teach, A to Z: what the task is like, and what happened in this episode."""
    traits = {
        "write": task.writes,
        "read": not task.writes,
        "answer": bool(task.outputs),
        "goals": len(task.goals) > 1,
        "refusal": any(goal.refused for goal in task.goals),
        **{kind: any(revision.kind == kind for revision in task.revisions) for kind in ("slip", "change")},
        "recovery": any(message.error for message in messages),
        "parallel": any(len(message.tool_calls) > 1 for message in messages),
    }
    return sorted(kind for kind, applies in traits.items() if applies)


KINDS = {
    "write": "the task changes the database",
    "read": "the task only reads",
    "answer": "the user wants to be told a value",
    "goals": "the user wants several things",
    "refusal": "the user asks for something that a rule forbids",
    "slip": "the user first gives a wrong detail",
    "change": "the user changes their mind",
    "recovery": "a tool refused a call and the agent went on",
    "parallel": "several calls in one turn",
}


def _difficulty(task: Task) -> dict[str, int | None]:
    """Columns ``gold_calls``, ``reads_first``, ``ambiguity`` and ``tools_in_reach``; None where it was not recorded."""
    known = task.difficulty or Difficulty.model_construct(calls=len(task.gold), tools=None, reads=None, ambiguity=None)
    return {
        "gold_calls": known.calls,
        "reads_first": known.reads,
        "ambiguity": known.ambiguity,
        "tools_in_reach": known.tools,
    }
