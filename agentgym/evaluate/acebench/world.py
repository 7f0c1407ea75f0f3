"""The world of an agent's task: official classes, their instances new for each episode."""

from __future__ import annotations

import copy
import inspect
import io
import json
from contextlib import redirect_stdout
from typing import Any

from agentgym.evaluate.acebench.judging import State, saved_state
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.tasks import Item
from agentgym.spaces import REFUSED, Call

_BASE = "BaseApi"  # its part of a task's configuration is for every class


class World:
    """Instances of the classes that a task involves. The official runner keeps them in its globals by model and task,
    so that a second trial begins where the first one ended; here nobody else has them.
    """

    def __init__(self, code: Official, item: Item) -> None:
        self._code = code
        self.instances: dict[str, Any] = {}
        for name in item.classes:
            instance = code.world(item.category, name)()
            for part in (name, _BASE):
                instance._load_scenario(copy.deepcopy(item.config.get(part, {})), long_context=False)
            self.instances[name] = instance
        self.calls: list[Call] = []  # that were made, refused ones too

    def call(self, call: Call) -> str:
        """Make a call of every instance that has such a method, as the official runner does; the last one's result."""
        having = [instance for instance in self.instances.values() if _offers(instance, call.name)]
        self.calls.append(call)
        if not having:
            return f"{REFUSED}there is no function {call.name!r}"
        result: Any = None
        try:
            with redirect_stdout(io.StringIO()):  # some of them print
                for instance in having:
                    result = getattr(instance, call.name)(**copy.deepcopy(call.arguments))
        except Exception as error:  # a wrong argument, or a fault in official code: its runner tells the agent so too
            return f"{REFUSED}{type(error).__name__}: {error}"
        return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)

    def state(self) -> State:
        """What is compared in the end. Without any call there is none: the official runner makes a world at the first
        one.
        """
        return saved_state(self._code, self.instances) if self.calls else []


def _offers(instance: Any, name: str) -> bool:
    """Whether an agent may call ``name`` of it: methods that do not begin with an underscore, as officially."""
    return not name.startswith("_") and inspect.ismethod(getattr(instance, name, None))
