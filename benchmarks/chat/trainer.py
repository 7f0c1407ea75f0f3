"""What TRL itself makes of rows: its trainer, its template, its mask."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from agentgym.types import Json


def by_trl(rows: Sequence[dict[str, Json]], tokenizer: Any) -> Iterator[tuple[list[int], list[int]]]:
    """Ids and labels of the rows as ``SFTTrainer`` prepares them with ``assistant_only_loss``.

    The trainer chooses the training template by that of ``tokenizer``, if it knows it.
    """
    from datasets import Dataset, Features, Json, List, disable_progress_bars
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import SFTConfig, SFTTrainer

    disable_progress_bars()
    smallest = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
    )
    features = Features({"messages": List(Json()), "tools": List(Json())})
    columns = {name: [row[name] for row in rows] for name in features}
    with tempfile.TemporaryDirectory(prefix="agentgym-masks-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of options that the trainer sets for itself
        options = SFTConfig(
            output_dir=folder,
            assistant_only_loss=True,
            max_length=None,
            bf16=False,
            use_cpu=True,
            report_to=[],
        )
        trainer = SFTTrainer(
            Qwen3ForCausalLM(smallest),
            args=options,
            train_dataset=Dataset.from_dict(columns, features=features),
            processing_class=tokenizer,
        )
        for row in trainer.train_dataset:
            yield list(row["input_ids"]), list(row["labels"])
