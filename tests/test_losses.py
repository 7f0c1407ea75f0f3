"""The trainer minimises eq. (2), and packed documents do not see each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import losses
from benchmarks.losses import CASES, Case, compare

pytest.importorskip("trl", reason="training needs the train extra")


@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_eq_2(name: str, tmp_path: Path) -> None:
    compared = compare(CASES[name], tmp_path / "case")
    assert compared.steps == losses.STEPS
    assert compared.documents > compared.steps, "steps of one document would prove nothing of how they are added up"
    assert compared.loss <= 1e-6, f"a step's loss differs from eq. (2) by {compared.loss}"
    assert compared.norm <= 1e-5, f"a step's gradient differs from that of eq. (2) by {compared.norm:%}"


def test_the_router_loss_is_no_part_of_it(tmp_path: Path) -> None:
    """With it the loss is another; so the comparison can fail, and the setting that turns it off is needed."""
    compared = compare(Case(batch=2, experts=4, auxiliary=0.01), tmp_path / "case")
    assert compared.loss > 1e-4


# -- packed documents -----------------------------------------------------------------------------


def packed(count: int) -> dict[str, Any]:
    """One block of ``count`` documents, as the trainer would hand it to the model."""
    from datasets import Dataset
    from trl import pack_dataset
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    rows = [(ids[:20], labels[:20]) for ids, labels in losses.documents(count)]
    data = Dataset.from_dict({"input_ids": [ids for ids, _ in rows], "labels": [labels for _, labels in rows]})
    blocks = pack_dataset(data, 20 * count)
    assert len(blocks) == 1
    batch: dict[str, Any] = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(list(blocks))
    return batch


def apart(model: Any, batch: dict[str, Any], *, positions: bool = True) -> float:
    """The largest difference between a document's logits in the block and alone."""
    import torch

    given = {"position_ids": batch["position_ids"]} if positions else {}
    with torch.no_grad():
        together = model(input_ids=batch["input_ids"], use_cache=False, **given).logits[0]
        alone = [model(input_ids=torch.tensor([ids])).logits[0] for ids, _ in losses.split(batch)]
    return (together - torch.cat(alone)).abs().max().item()


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("experts", [0, 4])
def test_the_logits_of_a_packed_document_are_those_it_has_alone(attention: str, experts: int) -> None:
    model = losses.model_of(Case(experts=experts)).eval()
    model.set_attn_implementation(attention)
    batch = packed(6)
    assert apart(model, batch) < 1e-5, "documents of a block see each other"
    assert apart(model, batch, positions=False) > 1e-2, "documents that do see each other would not be noticed"
