"""What the training scripts do alike: refuse settings, begin or go on, leave a whole result, say what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym.errors import AgentGymError, RunError
from agentgym.files import digest
from agentgym.learn import weights
from agentgym.learn.checkpoints import hindrances, seal
from agentgym.learn.record import begin, settings, versions
from agentgym.types import Json

if TYPE_CHECKING:
    from transformers import Trainer, TrainingArguments
    from trl import ModelConfig

    from agentgym.learn.chat import ChatTemplate


def unhandled(training: TrainingArguments, model: ModelConfig) -> dict[str, bool]:
    """Sentences about settings that no training script handles, and whether each is so."""
    return {
        **hindrances(training),
        "weights in 4 or 8 bits are not handled here": model.load_in_4bit or model.load_in_8bit,
    }


def refuse(problems: Mapping[str, bool]) -> None:
    """Stop before anything is loaded. Raises ``RunError`` with the first of ``problems`` that is so."""
    for problem, found in problems.items():
        if found:
            raise RunError(problem)


def described(template: ChatTemplate, training: TrainingArguments, *groups: object) -> dict[str, Json]:
    """The part of a training's record that does not depend on its kind. ``groups``: dataclasses with all settings."""
    return {
        "template": {"name": template.name, "digest": digest(template.text)},
        "processes": training.world_size,
        "settings": settings(groups),
        "versions": versions(),
    }


def begun(out: Path, record: dict[str, Json]) -> Path | None:
    """``begin``, by one process of this machine before the others."""
    from accelerate import PartialState

    with PartialState().main_process_first():
        return begin(out, record)


def loading(model: ModelConfig) -> dict[str, Any]:
    """How weights are loaded: arguments of ``from_pretrained``."""
    return {"dtype": model.dtype, "attn_implementation": model.attn_implementation}


def init_kwargs(training: Any, model: ModelConfig) -> dict[str, Any]:
    """How a trainer loads a model by its name; what the user has set in ``training`` has the last word."""
    return {**loading(model), "revision": model.model_revision, **(training.model_init_kwargs or {})}


def carry_out(trainer: Trainer, checkpoint: Path | None, out: Path) -> None:
    """Train from ``checkpoint``, None being the start, and leave in ``out`` weights that are vouched for.

    Raises:
        RunError: no weights were saved.
    """
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    trainer.save_model()
    trainer.accelerator.wait_for_everyone()
    if trainer.args.should_save:
        weights.require(out)
        seal(out)


def enter(main: Callable[[], None]) -> None:
    """Run a script's ``main``. Errors of this package become one sentence on stderr and exit code 1."""
    try:
        main()
    except AgentGymError as error:
        sys.exit(f"error: {error}")
