"""What a model was trained on, and how: ``training.json`` beside its weights. A run goes on only under the same record.

It holds no clock, and of the machine only where the weights lay and how many processes there were: equal training
leaves equal records.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym.errors import RunError
from agentgym.files import read_json, write_json
from agentgym.learn.chat.encoding import IGNORED
from agentgym.learn.checkpoints import checkpoints, last_whole, sweep
from agentgym.types import Json

if TYPE_CHECKING:
    from datasets import Dataset

RECORD = "training.json"
LIBRARIES = ("envscale", "accelerate", "datasets", "peft", "tokenizers", "torch", "transformers", "trl")

# Settings are left out that name this place or open a door, and compared but for those that decide how a run is
# watched, kept and fed, never what comes of it.
UNTOLD = ("debug", "disable_tqdm", "hub_token", "local_rank", "output_dir")
FREE = ("dataset", "dataloader_", "hub_", "log_", "logging_", "project", "push_to_hub", "report_to",
        "run_name", "save_", "trackio_")  # fmt: skip
_FREE = ("versions.", *(f"settings.{name}" for name in FREE))


def tally(rows: Dataset) -> dict[str, Json]:
    """The number of ``rows``, their tokens, how many of these are supervised, and a digest of them all in order.

    ``rows`` has the columns ``input_ids`` and ``labels``.
    """
    import pyarrow.compute as pc

    hashed = hashlib.blake2b(digest_size=16)
    tokens = supervised = 0
    for table in rows.select_columns(["input_ids", "labels"]).with_format("arrow").iter(batch_size=1000):
        for name in ("input_ids", "labels"):
            column = table[name].combine_chunks()
            for part in (pc.list_value_length(column), column.flatten()):
                hashed.update(part.cast("int64").to_numpy(zero_copy_only=False).tobytes())
        labels = table["labels"].combine_chunks().flatten()
        tokens += len(labels)
        supervised += pc.sum(pc.not_equal(labels, IGNORED)).as_py() or 0
    return {"rows": len(rows), "tokens": tokens, "supervised_tokens": supervised, "digest": hashed.hexdigest()}


def settings(groups: Iterable[Any]) -> dict[str, Json]:
    """The fields of some dataclasses that are not at their defaults, by name."""
    found: dict[str, Json] = {}
    for group in groups:
        for field in dataclasses.fields(group):
            value = _plain(getattr(group, field.name))
            if field.name not in UNTOLD and value != _plain(_default(field)):
                found[field.name] = value
    return dict(sorted(found.items()))


def _default(field: dataclasses.Field[Any]) -> Any:
    make: Any = field.default_factory
    return field.default if make is dataclasses.MISSING else make()


def _plain(value: Any) -> Json:
    """A setting as JSON: an enumeration as its text, an object as its fields."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return value.value if isinstance(value, Enum) else value


def versions() -> dict[str, str]:
    """The version of each library that decides what training computes, as far as it is installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def begin(run: Path, record: dict[str, Json]) -> Path | None:
    """Start the training that ``record`` describes in ``run``, or go on with it.

    Returns the checkpoint to go on from, None to start at step 0. What a kill has left half written is removed. Other
    versions of the libraries are let pass: the first record stays, and only the bits may differ.

    Raises:
        RunError: another training is in ``run``, or files that none of ours wrote.
    """
    path = run / RECORD
    if path.is_file():
        changed = _differences(read_json(path), record)
        if changed:
            raise RunError(
                f"{run} holds a training that is not this one ({'; '.join(changed)}); give its settings again to go "
                "on with it, choose another output_dir, or remove the folder"
            )
    else:
        foreign = [folder.name for folder in checkpoints(run)] + [f.name for f in run.glob("*.safetensors")]
        if foreign:
            raise RunError(f"{run} has a {foreign[0]} but no {RECORD}; choose another output_dir, or remove the folder")
        write_json(path, record)
    sweep(run)
    return last_whole(run)


def _differences(old: Json, new: Json) -> list[str]:
    """Each value of two records that is not the same, in the words of a message. Free settings may differ."""
    one, other = _flat(old), _flat(new)
    names = [name for name in sorted(one.keys() | other.keys()) if not name.startswith(_FREE)]
    return [
        f"{name} is {other.get(name)!r} and was {one.get(name)!r}" for name in names if one.get(name) != other.get(name)
    ]


def _flat(value: Json, name: str = "") -> dict[str, Json]:
    """``{"a": {"b": 1}}`` -> ``{"a.b": 1}``."""
    if not isinstance(value, dict):
        return {name: value}
    return {path: item for key in value for path, item in _flat(value[key], f"{name}.{key}".lstrip(".")).items()}
