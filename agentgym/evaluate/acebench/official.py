"""What is taken from an ACEBench checkout: its checkers and worlds as code, its prompts and tables as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from agentgym.errors import RunError
from agentgym.evaluate.acebench.sources import constants, greetings, phrases
from agentgym.evaluate.acebench.tasks import AGENT, NORMAL, SPECIAL
from agentgym.evaluate.foreign import foreign
from agentgym.types import Json

Checker = Callable[..., dict[str, Any]]

MULTI_STEP, MULTI_TURN = "agent_multi_step", "agent_multi_turn"
_SCORING = ("category.py", "eval_main.py", "model_eval/checker.py", "model_eval/utils.py")
_INFERENCE = "model_inference"
_RUNNER = f"{_INFERENCE}/apimodel_inference.py"
_USER = f"{_INFERENCE}/multi_turn/APIModel_user.py"
_AGENT = "APIModel_agent.py"
_FOLDERS = {MULTI_STEP: "multi_step", MULTI_TURN: "multi_turn"}  # by category


class Prompts(NamedTuple):
    """Official prompts in one language. ``{time}``, ``{profile}``, ``{function}`` and ``{question}`` are filled in."""

    normal: str
    preference: str
    special: str
    question: str
    agents: Mapping[str, str]  # system prompts by category
    worlds: Mapping[str, str]  # what an agent of several turns reads besides, by a class of its world
    users: Mapping[str, str]  # who a simulated user is, ``{instruction}`` included, by a class of the world
    greeting: str  # what the user is asked first


class Official:
    """One checkout and language. Nothing in it changes."""

    def __init__(self, root: Path, language: str) -> None:
        """Raises ``RunError`` naming the file that is missing or broken."""
        self.root = root
        self.language = language
        checker = foreign(root, "model_eval").module("checker")
        self.check_calls: Checker = _member(checker, "normal_checker")
        self.check_state: Checker = _member(checker, "agent_checker")
        self.categories = _categories(root)
        self.phrases = _phrases(root, self.categories[SPECIAL])
        self.prompts = _prompts(root, language)
        self.saved = _texts_by_name(root / _RUNNER, "SAVED_CLASS")
        self._classes = {category: self._worlds(folder) for category, folder in _FOLDERS.items()}

    def world(self, category: str, name: str) -> Any:
        """A class of an agent's world. Raises ``RunError`` where there is none."""
        known = self._classes[category]
        if name not in known or name not in self.saved:
            raise RunError(
                f"{self.root} has no class {name!r} for {category}, whose are {', '.join(known)}; clone ACEBench again"
            )
        return known[name]

    def files(self) -> list[str]:
        """Besides the data, what decides tasks and scores: paths within the checkout."""
        folders = [self.root / _INFERENCE / folder / f"scenarios{self.language}" for folder in _FOLDERS.values()]
        worlds = sorted(path.relative_to(self.root).as_posix() for folder in folders for path in folder.rglob("*.py"))
        read = [
            f"{_INFERENCE}/{folder}/{file}" for folder in _FOLDERS.values() for file in (_AGENT, f"{folder}_utils.py")
        ]
        return [*_SCORING, f"{_INFERENCE}/prompt_{self.language}.py", *read, _RUNNER, _USER, *worlds]

    def _worlds(self, folder: str) -> dict[str, Any]:
        path = self.root / _INFERENCE / folder / f"{folder}_utils.py"
        name = f"CLASS_FILE_PATH_MAPPING_{self.language.upper()}"
        places = constants(path).get(name)
        if not isinstance(places, dict):
            raise RunError(f"{path} has no table {name}; clone ACEBench again")
        modules = {name: str(place).removeprefix(f"{_INFERENCE}.") for name, place in places.items()}
        return {name: _member(foreign(self.root, _INFERENCE).module(module), name) for name, module in modules.items()}


@cache
def official(root: Path, language: str) -> Official:
    """The one ``Official`` of a checkout and language."""
    return Official(root, language)


def _member(module: Any, name: str) -> Any:
    if not callable(getattr(module, name, None)):
        raise RunError(f"{module.__file__} has no {name}; this adapter was made for ACEBench of August 2025, e6db74b")
    return getattr(module, name)


def _categories(root: Path) -> dict[str, tuple[str, ...]]:
    table = _texts_by_name(root / "category.py", "ACE_DATA_CATEGORY")
    for kind in (NORMAL, SPECIAL, AGENT):
        if not table.get(kind):
            raise RunError(f"{root / 'category.py'} names no categories of {kind!r}; clone ACEBench again")
    return {kind: tuple(table[kind]) for kind in (NORMAL, SPECIAL, AGENT)}


def _phrases(root: Path, categories: tuple[str, ...]) -> dict[str, str]:
    path = root / "eval_main.py"
    found = phrases(path, "special_eval")
    for category in categories:
        if not any(part in category for part in found):
            raise RunError(f"{path}: special_eval asks for no phrase in {category}; clone ACEBench again")
    return found


def _prompts(root: Path, language: str) -> Prompts:
    inference, tag = root / _INFERENCE, language.upper()
    general = _Texts(inference / f"prompt_{language}.py", tag)
    users = _Texts(root / _USER, tag)
    greeting = greetings(root / _USER, "get_init_prompt").get(language)
    if greeting is None:
        raise RunError(f"{root / _USER} does not greet a user in {language!r}; clone ACEBench again")
    agents = {
        category: _Texts(inference / folder / _AGENT, tag).text("MULTI_TURN_AGENT_PROMPT_SYSTEM")
        for category, folder in _FOLDERS.items()
    }
    return Prompts(
        normal=general.text("SYSTEM_PROMPT_FOR_NORMAL_DATA", "time", "function"),
        preference=general.text("SYSTEM_PROMPT_FOR_PREFERENCE_DATA", "profile", "function"),
        special=general.text("SYSTEM_PROMPT_FOR_SPECIAL_DATA", "time", "function"),
        question=general.text("USER_PROMPT", "question"),
        agents=agents,
        worlds={"Travel": general.text("TRAVEL_PROMPT"), "BaseApi": general.text("BASE_PROMPT")},
        users={
            "BaseApi": users.text("SYSTEM_PROMPT_BASE", "instruction"),
            "Travel": users.text("SYSTEM_PROMPT_TRAVEL", "instruction"),
        },
        greeting=greeting,
    )


class _Texts:
    """The prompts of one file in one language."""

    def __init__(self, path: Path, tag: str) -> None:
        self._path, self._tag = path, tag
        self._texts: dict[str, Json] = constants(path)

    def text(self, name: str, *fields: str) -> str:
        """The prompt ``name``. Raises ``RunError`` where it is missing, or wants something else than ``fields``."""
        text = self._texts.get(f"{name}_{self._tag}")
        if not isinstance(text, str):
            raise RunError(f"{self._path} has no text {name}_{self._tag}; clone ACEBench again")
        if fields:
            try:
                text.format(**dict.fromkeys(fields, ""))
            except (LookupError, ValueError, AttributeError) as error:
                wanted = ", ".join(fields)
                raise RunError(f"{self._path}: {name}_{self._tag} has other fields than {wanted}: {error!r}") from error
        return text


def _texts_by_name(path: Path, name: str) -> dict[str, tuple[str, ...]]:
    table = constants(path).get(name)
    if not isinstance(table, dict) or not all(isinstance(texts, list) for texts in table.values()):
        raise RunError(f"{path} has no table {name}; clone ACEBench again")
    return {key: tuple(map(str, texts)) for key, texts in table.items()}
