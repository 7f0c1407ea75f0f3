"""Official code that is imported from a checkout and leaves no trace: neither in ``sys`` nor in the environment."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module, invalidate_caches
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from agentgym.errors import AgentGymError, RunError

_NOTHING: Mapping[str, str] = MappingProxyType({})
_lock = threading.RLock()  # the import system belongs to all threads


class Foreign:
    """A package of a checkout. Its modules are in ``sys.modules`` only while ``present``, so that two checkouts, or a
    package of the same name that is installed, do not get into each other's way.

    It is given no litellm: the official scorers ask no model, and the users they bring are asked through our client.
    """

    def __init__(self, path: Path, package: str, variables: Mapping[str, str] = _NOTHING) -> None:
        """``path``: the folder that holds ``package``; ``variables`` of the environment that it is imported under."""
        self.path = path
        self.package = package
        self._variables = variables
        self._modules: dict[str, ModuleType] = {}

    def module(self, name: str) -> Any:
        """``package.name``. Raises ``RunError`` where it cannot be imported, saying what it lacks."""
        with self.present(), _environment(self._variables), _without_models(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it makes of its own dependencies is not ours to mend
            sys.path.insert(0, str(self.path))
            invalidate_caches()
            try:
                return import_module(f"{self.package}.{name}")
            except ImportError as error:
                raise RunError(
                    f"{self.package} of {self.path} cannot be imported: {error}; install what it needs, as with"
                    f" `pip install -e` on the checkout, beside this package"
                ) from error
            except (Exception, SystemExit) as error:
                raise _spoilt(self.path, error) from error
            finally:
                sys.path.remove(str(self.path))

    @contextmanager
    def present(self) -> Iterator[None]:
        """Inside, code that has been imported finds its own package, by imports that it makes as it runs."""
        with _lock:
            hidden = _taken(self.package)
            sys.modules.update(self._modules)
            try:
                yield
            finally:
                self._modules = _taken(self.package)
                sys.modules.update(hidden)


@contextmanager
def whole(folder: Path) -> Iterator[None]:
    """Raises ``RunError`` where official code, run inside, cannot make sense of what lies in its own ``folder``."""
    try:
        yield
    except AgentGymError:
        raise
    except Exception as error:
        raise _spoilt(folder, error) from error


@cache
def foreign(path: Path, package: str, variables: tuple[tuple[str, str], ...] = ()) -> Foreign:
    """The one ``Foreign`` of a folder: its modules are imported once."""
    return Foreign(path, package, dict(variables))


def _spoilt(folder: Path, error: BaseException) -> RunError:
    words = f"{type(error).__name__}: {str(error)[:300]}"
    return RunError(f"{folder} is no whole checkout, its own code raises {words}; clone it again")


def _taken(package: str) -> dict[str, ModuleType]:
    """The modules of ``package``, taken out of ``sys.modules``."""
    names = [name for name in sys.modules if name.partition(".")[0] == package]
    return {name: sys.modules.pop(name) for name in names}


@contextmanager
def _without_models() -> Iterator[None]:
    """Whatever is imported inside gets a litellm that refuses."""
    hidden = _taken("litellm")
    sys.meta_path.insert(0, _NO_MODELS)
    try:
        yield
    finally:
        sys.meta_path.remove(_NO_MODELS)
        _taken("litellm")
        sys.modules.update(hidden)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The environment with ``variables``. Whatever else is changed in it, as by a .env file, is undone."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update({name: value for name, value in before.items() if os.environ.get(name) != value})


class _NoModels(MetaPathFinder, Loader):
    """litellm for official code: a module in which every name is a function that refuses."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname.partition(".")[0] == "litellm" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Litellm(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


class _Litellm(ModuleType):
    def disable_cache(self) -> None:
        """τ²-bench says so at its import."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_Refuses,), {})


class _Refuses:
    """Serves as a type in annotations; official code that makes one would ask a model behind our client's back."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise RunError(f"official code wants litellm's {type(self).__name__}: models are asked by this package alone")


_NO_MODELS = _NoModels()
