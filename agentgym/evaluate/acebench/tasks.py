"""ACEBench's tasks and their answers, as its data files have them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from agentgym.errors import RunError
from agentgym.evaluate.benchmark import T
from agentgym.types import Json

NORMAL, SPECIAL, AGENT = "normal", "special", "agent"
_MULTI_TURN = "normal_multi_turn"  # begins the categories in which a conversation is cut into several tasks


class Item(NamedTuple):
    """One task with its answer. The data are shared between episodes, and nobody changes them."""

    id: str
    category: str  # as in the data's file name
    question: str
    functions: tuple[dict[str, Json], ...]
    time: str  # what a prompt says of the date; "" in many tasks
    profile: Json  # of the user, in the category of preferences
    config: dict[str, Json]  # of an agent's world, by class
    classes: tuple[str, ...]  # that world's
    answer: Json  # calls by name, what is wrong by name, or the final state: a list of {class: attributes}
    stones: tuple[tuple[str, ...], ...]  # ways to get there, each a list of turns as ACEBench writes calls

    @property
    def conversation(self) -> str:
        """What the task is a part of: its own id where it stands alone."""
        return self.id.rpartition("_")[0] if self.category.startswith(_MULTI_TURN) else self.id


def read_items(folder: Path, categories: Mapping[str, tuple[str, ...]]) -> dict[str, Item]:
    """The tasks in ``folder``, such as ``data_all/data_en``, by id and in the order of ``categories``.

    Raises ``RunError`` naming file and line for what is missing, or no task.
    """
    items: dict[str, Item] = {}
    for category in (one for kind in (NORMAL, SPECIAL, AGENT) for one in categories[kind]):
        file = f"data_{category}.json"
        tasks, answers = list(_lines(folder / file)), list(_lines(folder / "possible_answer" / file))
        if len(tasks) != len(answers):
            raise RunError(
                f"{folder / file} has {len(tasks)} tasks and its file of answers {len(answers)}; take both from one"
                " commit of ACEBench"
            )
        for number, (task, answer) in enumerate(zip(tasks, answers, strict=True), 1):
            item = _item(f"{folder / file}:{number}", category, task, answer)
            if item.id in items:
                raise RunError(f"{folder / file}:{number}: task {item.id!r} is there twice; clone ACEBench again")
            items[item.id] = item
    return items


def _lines(path: Path) -> Iterator[dict[str, Json]]:
    """The objects of a file, one a line."""
    try:
        lines = path.read_text("utf-8").rstrip("\n").split("\n")  # splitlines would split within strings
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: {error}; clone ACEBench again") from error
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RunError(f"{path}:{number} is no JSON: {error}; clone ACEBench again") from error
        if not isinstance(value, dict):
            raise RunError(f"{path}:{number} is no object but {line[:80]!r}; clone ACEBench again")
        yield value


def _item(place: str, category: str, task: dict[str, Json], answer: dict[str, Json]) -> Item:
    try:
        if task["id"] != answer["id"]:
            raise ValueError(f"the task is {task['id']!r} and its answer is for {answer['id']!r}")
        item = Item(
            id=_of(str, task["id"]),
            category=category,
            question=_of(str, task["question"]),
            functions=tuple(_function(one) for one in _of(list, task["function"])),
            time=_of(str, task.get("time", "")),
            profile=task.get("profile", ""),
            config=_of(dict, task.get("initial_config", {})),
            classes=tuple(_of(str, name) for name in _of(list, task.get("involved_classes", []))),
            answer=answer["ground_truth"],
            stones=_stones(answer.get("mile_stone", [])),
        )
    except KeyError as error:
        raise RunError(f"{place} is no task of ACEBench: it has no {error}; clone ACEBench again") from error
    except (TypeError, ValueError) as error:
        raise RunError(f"{place} is no task of ACEBench: {error}; clone ACEBench again") from error
    _check_answer(place, item)
    return item


def _function(value: Json) -> dict[str, Json]:
    function: dict[str, Json] = _of(dict, value)
    _of(str, function["name"])
    return function


def _stones(value: Json) -> tuple[tuple[str, ...], ...]:
    """The data have one way as a list of turns, and several as a list of those."""
    ways = value if value and isinstance(value[0], list) else [value]
    return tuple(tuple(_of(str, stone) for stone in _of(list, way)) for way in ways)


def _check_answer(place: str, item: Item) -> None:
    """Raises ``RunError`` where the answer is not of the kind that its category wants."""
    alternatives = item.answer if isinstance(item.answer, list) else [item.answer]
    if item.category.startswith(NORMAL):
        right = all(_is_calls(one) for one in alternatives)
    elif item.category.startswith(AGENT):
        right = bool(item.classes) and all(_is_calls(one) and len(one) == 1 for one in alternatives)
    else:
        right = isinstance(item.answer, str) or (
            isinstance(item.answer, dict) and all(_is_texts(one) for one in item.answer.values())
        )
    if not right or not alternatives:
        raise RunError(f"{place} has an answer that is none for {item.category}; clone ACEBench again")


def _is_calls(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(inner, dict) for inner in value.values())


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _of(kind: type[T], value: Json) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{str(value)[:80]!r} stands where a {kind.__name__} belongs")
    return value
