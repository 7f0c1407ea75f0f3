"""Rows -> a data set of ids and labels; what is left out is counted and named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from agentgym.learn.chat.encoding import Encoder, Reasoning
from agentgym.learn.chat.guard import Tokenizer
from agentgym.learn.chat.templates import ChatTemplate
from agentgym.learn.chat.unfit import Unfit
from agentgym.learn.datasets import library
from agentgym.types import Json, Rejection

if TYPE_CHECKING:
    from datasets import Dataset

TOO_LONG = "longer than the model is trained with"
COLUMNS = ["input_ids", "labels", "length"]


@dataclass(frozen=True)
class Dropped:
    """Rows that are not in the data set, in their order, each with its reason."""

    rejections: tuple[Rejection, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> rows, the most frequent first."""
        return dict(Counter(rejection.reason for rejection in self.rejections).most_common())

    @property
    def too_long(self) -> int:
        """Rows of more than ``max_length`` tokens."""
        return self.reasons.get(TOO_LONG, 0)

    @property
    def unfit(self) -> int:
        """Rows that must not be trained on, see ``unfit``."""
        return self.total - self.too_long

    @property
    def total(self) -> int:
        return len(self.rejections)


def tokenise(
    rows: Dataset | Iterable[Mapping[str, Json]],
    tokenizer: Tokenizer,
    template: ChatTemplate,
    *,
    max_length: int,
    reasoning: Reasoning = "keep",
    workers: int = 1,
) -> tuple[Dataset, Dropped]:
    """A ``datasets.Dataset`` of ``input_ids``, ``labels`` and ``length`` (tokens), and what was left out of it.

    Rows keep their order. One of more than ``max_length`` tokens is left out, never cut: a conversation without its end
    teaches a model to stop nowhere. The same rows give the same data set, however many ``workers`` (processes, for a
    ``Dataset`` alone) there are. ``reasoning`` is that of ``encode``.

    Raises:
        RunError: the template cannot do what ``reasoning`` demands, or a package is missing.
    """
    datasets = library("tokenising rows")
    one = partial(_tokenised, encoder=Encoder(tokenizer, template, reasoning), max_length=max_length)
    features = _features(datasets)
    if isinstance(rows, datasets.Dataset):
        encoded = rows.map(
            one,
            remove_columns=rows.column_names,
            features=features,
            num_proc=workers if workers > 1 else None,
            load_from_cache_file=False,  # a cache is found by a hash of the code, which is not all that decides
            desc="Tokenising",
        )
    else:
        made = [one(row) for row in rows]
        encoded = datasets.Dataset.from_dict(
            {name: [row[name] for row in made] for name in features}, features=features
        )
    reasons = encoded["reason"][:]
    kept = [place for place, reason in enumerate(reasons) if not reason]
    dropped = [encoded[place] for place, reason in enumerate(reasons) if reason]
    rejections = [
        Rejection(stage="tokenise", subject=row["id"], reason=row["reason"], detail=row["detail"]) for row in dropped
    ]
    return encoded.select(kept).select_columns(COLUMNS), Dropped(tuple(rejections))


def _tokenised(row: Mapping[str, Json], encoder: Encoder, max_length: int) -> dict[str, Any]:
    out: dict[str, Any] = {"input_ids": [], "labels": [], "length": 0, "reason": "", "detail": ""}
    out["id"] = str(row.get("id", ""))
    try:
        ids, labels = encoder(row)
    except Unfit as error:
        return out | {"reason": error.reason, "detail": error.detail}
    if len(ids) > max_length:
        return out | {"reason": TOO_LONG, "detail": f"{len(ids)} tokens, not {max_length}"}
    return out | {"input_ids": ids, "labels": labels, "length": len(ids)}


def _features(datasets: Any) -> Any:
    number, text = datasets.Value("int32"), datasets.Value("string")
    numbers = datasets.List(number)
    return datasets.Features(
        {"input_ids": numbers, "labels": numbers, "length": number, "reason": text, "detail": text, "id": text}
    )
