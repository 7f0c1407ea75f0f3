"""ACEBench's own way from an output to a verdict, timed beside ours: its parser, its execution, its checkers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from itertools import count
from time import process_time_ns
from typing import Any

from agentgym.evaluate.acebench.adapter import AceBench
from agentgym.evaluate.acebench.gold import gold_turns
from agentgym.evaluate.acebench.official import MULTI_STEP, MULTI_TURN
from agentgym.evaluate.acebench.tasks import AGENT, NORMAL, Item
from agentgym.evaluate.env import BenchmarkEnv
from agentgym.evaluate.foreign import foreign
from agentgym.play.agents.agent import Turn, action
from agentgym.spaces import RESPOND
from agentgym.types import ToolCall

_EXECUTION = {
    MULTI_STEP: ("multi_step.execution_role_step", "EXECUTION_STEP"),
    MULTI_TURN: ("multi_turn.execution_role", "EXECUTION"),
}

_number = count()  # the official code keeps a world for every name of a model


def acebench_overhead(env: BenchmarkEnv, tasks: Sequence[str]) -> dict[str, float]:
    """``overhead``: CPU time of ours over the official one, less 1, from the gold agent's outputs to their verdicts.

    Resets are left out, and so is Special, where the official work is to look for a phrase. ``agent_overhead`` and
    ``normal_overhead`` are its parts.
    """
    spent = {AGENT: [0, 0], NORMAL: [0, 0]}
    for task in tasks:
        item = _bench(env)._item(task)
        turns = gold_turns(_bench(env)._code, item)
        kind = next((kind for kind in spent if item.category.startswith(kind)), None)
        if kind is not None:
            spent[kind][0] += _ours(env, task, turns)
            spent[kind][1] += _official(env, item, [turn.calls for turn in turns if turn.calls])
    both = [sum(times) for times in zip(*spent.values(), strict=True)]
    found = {f"{kind}_overhead": _share(*times) for kind, times in spent.items()}
    return {"overhead": _share(*both), **found}


def _share(ours: int, official: int) -> float:
    return round(ours / official - 1, 4) if official else 0.0


def _bench(env: BenchmarkEnv) -> AceBench:
    assert isinstance(env.benchmark, AceBench)
    return env.benchmark


def _ours(env: BenchmarkEnv, task: str, turns: Sequence[Turn]) -> int:
    """CPU nanoseconds in ``step``."""
    env.reset(options={"task": task})
    respond = (ToolCall(name=RESPOND, arguments={"content": turn.content}) for turn in turns if not turn.calls)
    calls = [call for turn in turns for call in turn.calls]
    actions = [action(call) for call in (*calls, *respond)]
    start = process_time_ns()
    for text in actions:
        _, _, terminated, _, _ = env.step(text)
    took = process_time_ns() - start
    assert terminated, f"{task} goes on after gold's turns"
    return took


def _official(env: BenchmarkEnv, item: Item, turns: Sequence[Sequence[ToolCall]]) -> int:
    """CPU nanoseconds of the official code for the same calls, as it writes them."""
    names = env.benchmark.episode(item.id, 0)._names  # type: ignore[attr-defined]
    written = [[_written(names.get(call.name, call.name), call.arguments) for call in calls] for calls in turns]
    texts = [f"[{', '.join(calls)}]" for calls in written]
    package = foreign(_bench(env).root, "model_inference")
    if item.category.startswith(NORMAL):
        return _parsed_and_checked(env, item, package.module("utils").decode_ast, texts[0])
    module, name = _EXECUTION[item.category]
    execution: Any = getattr(package.module(module), name)
    with package.present(), redirect_stdout(StringIO()):
        return _executed_and_checked(env, item, execution, texts)


def _written(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _parsed_and_checked(env: BenchmarkEnv, item: Item, decode: Any, text: str) -> int:
    check = _bench(env)._code.check_calls
    answers = item.answer if isinstance(item.answer, list) else [item.answer]
    start = process_time_ns()
    output = decode("", "".join(text.split()))
    for answer in answers:
        if check(list(item.functions), output, answer, item.question, item.category)["valid"]:
            break
    return process_time_ns() - start


def _executed_and_checked(env: BenchmarkEnv, item: Item, execution: Any, texts: Sequence[str]) -> int:
    """The world is made before the clock starts, as a reset makes ours."""
    code = _bench(env)._code
    role = execution(
        agent_model_name=f"overhead_{next(_number)}", initial_config=item.config, involved_classes=list(item.classes),
        test_id=item.id, language=code.language,
    )  # fmt: skip
    role.respond([{"message": "[nothing()]"}])
    instances: dict[str, Any] = {}
    start = process_time_ns()
    for text in texts:
        _, instances = role.respond([{"message": text}])
    saved = [{name: {key: vars(one)[key] for key in code.saved[name]}} for name, one in instances.items()]
    read = json.loads(json.dumps(saved))
    for entry in item.answer:
        found = next((one for one in read if one.keys() == entry.keys()), None)
        if found is not None:
            code.check_state(found, entry)
    return process_time_ns() - start
