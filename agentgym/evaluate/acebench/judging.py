"""The verdicts: official checkers on calls and final states, official phrases on what is said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.tasks import Item
from agentgym.evaluate.acebench.written import read_stone
from agentgym.spaces import Call
from agentgym.types import Json

State = list[dict[str, dict[str, Json]]]  # attributes by class, a class an entry: as the official runner saves it


def judge_calls(code: Official, item: Item, calls: Sequence[Call], *, spaces: bool = False) -> tuple[bool, str]:
    """Whether the official checker takes ``calls`` for one of the answers; else what kind of error it finds.

    The official runner deletes all spaces from an output before it reads it, those within quotes as well, and its
    checker does not forgive that in lists inside of objects. So are they deleted here, which gives the same verdicts;
    with ``spaces`` the checker gets what was written. Of an argument that is a number or a boolean it compares the type
    alone.
    """
    plain = _same if spaces else _unspaced
    output = [{plain(call.name): plain(call.arguments)} for call in calls]
    found = ""
    for answer in entries(item):
        try:
            verdict = code.check_calls(list(item.functions), output, answer, item.question, item.category)
        except Exception as error:  # the official checker trips over some wrong types, and takes its runner with it
            verdict = {"valid": False, "error_type": f"checker:{type(error).__name__}"}
        if verdict["valid"]:
            return True, ""
        found = found or str(verdict["error_type"])
    return False, found


def judge_words(code: Official, item: Item, text: str) -> bool:
    """Whether ``text`` points out what the task wants pointed out, by the official rule: exact phrases."""
    part = next(part for part in code.phrases if part in item.category)
    if code.phrases[part] not in text:
        return False
    wrong = item.answer if isinstance(item.answer, dict) else {}
    names = wrong if part == "incomplete" else ()
    return all(name in text for name in names) and all(value in text for values in wrong.values() for value in values)


def judge_state(code: Official, item: Item, state: State) -> tuple[bool, list[str]]:
    """Whether ``state`` is what the task wants, and what differs.

    The official evaluation compares classes that go by one name in both, and takes all others for equal. Here each
    class of the task's world has to be there, with all its attributes. A name in the answer that is ``misspelt``, and
    that could not be ``mended``, is not compared, as in the official evaluation: nobody could win by it.
    """
    wanted = entries(item)
    found = {name: attributes for entry in state for name, attributes in entry.items()}
    if len(state) != len(wanted) or set(found) != set(item.classes):
        return False, [f"the classes are {sorted(found)} instead of {sorted(item.classes)}"]
    differs: list[str] = []
    unknown = misspelt(item)
    for entry in wanted:
        ((name, attributes),) = entry.items()
        if name in unknown:
            continue
        differs += [f"{name} has no {attribute}" for attribute in attributes if attribute not in found[name]]
        verdict = code.check_state({name: found[name]}, entry)
        differs += [] if verdict["valid"] else map(str, verdict["error"])
    return not differs, differs


def misspelt(item: Item) -> list[str]:
    """Names in an agent's answer that no class of the task's world has."""
    return [name for entry in entries(item) for name in entry if name not in item.classes]


def entries(item: Item) -> State:
    """The parts of an answer: its alternatives, or the classes of a final state."""
    answer: Json = item.answer
    return answer if isinstance(answer, list) else [answer]


def saved_state(code: Official, instances: Mapping[str, Any]) -> State:
    """What the official runner saves of a world, as it reads it back from its file: with texts for keys."""
    state = [
        {name: {key: value for key, value in vars(instance).items() if key in code.saved[name]}}
        for name, instance in instances.items()
    ]
    read: State = json.loads(json.dumps(state, default=str))
    return read


def progress(item: Item, calls: Sequence[Call]) -> float:
    """Process accuracy: the share of the way's turns that were made in order, of the way where it is greatest.

    The official figure compares texts, so that quotes and spaces matter; here calls are compared. As there, nothing
    counts that comes after a turn which was not made.
    """
    return max((_progress(way, calls) for way in item.stones), default=1.0)


def _progress(way: Sequence[str], calls: Sequence[Call]) -> float:
    place = 0
    for number, stone in enumerate(way):
        wanted = read_stone(stone)
        length = len(wanted or ())
        while place + max(length, 1) <= len(calls) and list(calls[place : place + length]) != wanted:
            place += 1
        if not length or place + length > len(calls):
            return number / len(way)
        place += length
    return 1.0


def _same(value: Json) -> Any:
    return value


def _unspaced(value: Json) -> Any:
    if isinstance(value, str):
        return value.replace(" ", "")
    if isinstance(value, list):
        return [_unspaced(one) for one in value]
    if isinstance(value, dict):
        return {key.replace(" ", ""): _unspaced(one) for key, one in value.items()}
    return value
