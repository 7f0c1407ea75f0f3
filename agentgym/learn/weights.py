"""Where training starts from: a model, or a LoRA adapter, which is merged into its base or trained on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym.errors import RunError, nearest
from agentgym.files import digest, read_json
from agentgym.learn.checkpoints import flaw, seal
from agentgym.learn.record import RECORD
from agentgym.types import Json

if TYPE_CHECKING:
    from peft import PeftModel

HOW = ("merge", "continue")  # what can be done with an adapter
_MODEL, _ADAPTER = "config.json", "adapter_config.json"


def check(start: str, how: str = "") -> None:
    """Refuse weights that cannot be trained from. A name that is no path on this disk is left to the hub.

    ``how``: what to do with an adapter, ``merge`` or ``continue``; "" where ``start`` should be a model.

    Raises:
        RunError: ``start`` is an adapter and ``how`` does not say what to do with it, or the other way round; it is a
            folder without weights, or one of a training that has not ended.
    """
    folder = Path(start)
    if how and how not in HOW:
        raise RunError(f"an adapter cannot be started from by {how!r}; choose {' or '.join(HOW)}{nearest(how, HOW)}")
    if not folder.is_dir():
        if start.startswith((".", "/", "~")) or start.count("/") > 1:
            raise RunError(f"there is no folder {start}; name a model, or the folder of one")
        return
    unfinished = flaw(folder) if (folder / RECORD).is_file() else ""
    if unfinished:
        raise RunError(f"the training in {start} has not ended ({unfinished}); run it again, and it goes on")
    adapter = is_adapter(folder)
    if not adapter and not (folder / _MODEL).is_file():
        raise RunError(f"{start} holds no model: it has neither {_MODEL} nor {_ADAPTER}")
    if adapter and not how:
        raise RunError(
            f"{start} is a LoRA adapter and no model: pass --adapter merge to fold it into its base and start from "
            "that, or --adapter continue to train the adapter itself on"
        )
    if how and not adapter:
        raise RunError(f"--adapter {how} needs a LoRA adapter, and {start} is a whole model; leave the option out")


def require(folder: Path) -> None:
    """Refuse to call a training whole that has left no weights in ``folder``, of a model or an adapter.

    A trainer saves none, and says nothing, where each process holds a part of them that nobody is told to gather.

    Raises:
        RunError: no ``*.safetensors`` is there.
    """
    if not any(folder.glob("*.safetensors")):
        raise RunError(
            f"no weights were saved in {folder}; launch with fsdp_state_dict_type: FULL_STATE_DICT (for DeepSpeed, "
            "zero3_save_16bit_model: true) and train again, or make a model of what FSDP saved in the last "
            "checkpoint: accelerate merge-weights"
        )


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter, and no model."""
    return (folder / _ADAPTER).is_file() and not (folder / _MODEL).is_file()


def origin(start: str) -> str | None:
    """A digest of what the weights in ``start`` were trained on, if it was here: other training, other weights."""
    path = Path(start) / RECORD
    return digest(read_json(path)) if path.is_file() else None


def merged(adapter: Path, out: Path, **loading: Any) -> Path:
    """The model that ``adapter`` makes of its base, in the folder ``out``; made once. Returns ``out``.

    It has to be on disk: an adapter trained on top of it names it as its base, and would otherwise be put on the first
    base, whose weights are others. ``loading`` goes to ``from_pretrained`` of the base.
    """
    if flaw(out):
        if out.exists():
            shutil.rmtree(out)
        from transformers import AutoTokenizer

        continued(adapter, **loading).merge_and_unload().save_pretrained(out)
        AutoTokenizer.from_pretrained(adapter).save_pretrained(out)
        seal(out)
    return out


def continued(adapter: Path, **loading: Any) -> PeftModel:
    """``adapter`` on its base, ready to be trained on. ``loading`` goes to ``from_pretrained`` of the base."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    # Not by AutoPeftModel: that cuts the embeddings to the tokenizer's size, and Qwen's are longer.
    base = AutoModelForCausalLM.from_pretrained(_base(adapter), **loading)
    return PeftModel.from_pretrained(base, str(adapter), is_trainable=True)


def _base(adapter: Path) -> str:
    config: Json = read_json(adapter / _ADAPTER)
    base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
    if not isinstance(base, str) or not base:
        raise RunError(f"{adapter / _ADAPTER} does not name the model that the adapter belongs to")
    return base
