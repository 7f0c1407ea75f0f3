"""A data set of a run: split, counted, described, and kept apart from benchmarks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from agentgym import stages
from agentgym.errors import RunError
from agentgym.learn import staging
from agentgym.learn.datasets import CARD, load
from agentgym.learn.export import COPIED
from agentgym.learn.recipe import Recipe
from agentgym.learn.splits import gold_key
from agentgym.types import Trajectory
from agentgym.world.load import load as load_domain
from tests.exported import APART, INTENT, SHOPS, bytes_of, change, dataset, rejected, say
from tests.finished_run import lines


@pytest.fixture
def run(shops: Path, tmp_path: Path) -> Path:
    """A copy of that run, to be changed."""
    return shutil.copytree(shops, tmp_path / "run")


def test_whole_domains_are_held_out_with_their_twins(run: Path) -> None:
    dataset(run, Recipe(held_out_names=("shop",)))
    held = {item["domain"] for item in lines(run / "dataset" / "held_out.jsonl")}
    assert {"shop", "mart"} <= held, "mart has the tools of shop: a model would be tested on what it was trained on"


def test_no_task_nor_its_gold_is_on_both_sides(run: Path) -> None:
    gold = {task.id: gold_key(task) for name in SHOPS for task in load_domain(run / "domains" / name).tasks()}
    assert len(set(gold.values())) == 9, "shop and mart have the same three tasks, the others their own"
    for seed in range(6):
        facts = dataset(run, Recipe(split="task", held_out=0.5, seed=seed))
        golds: dict[str, set[str]] = {}
        for part in facts["parts"]:
            for item in lines(run / "dataset" / f"{part}.jsonl"):
                golds.setdefault(gold[item["task"]], set()).add(part)
        straddling = {gold: parts for gold, parts in golds.items() if len(parts) > 1}
        assert not straddling, f"the same gold calls on both sides: {straddling}"


def test_a_named_task_is_held_out(run: Path) -> None:
    dataset(run, Recipe(split="task", held_out_names=("shop-lookup",)))
    held = {item["task"] for item in lines(run / "dataset" / "held_out.jsonl")}
    assert held == {"shop-lookup", "mart-lookup"}, "the task and its twin, which has the same gold calls"


def test_the_vertical_has_files_of_its_own(run: Path) -> None:
    facts = dataset(run, Recipe(split="task", held_out=0.5, seed=1, vertical=("hotel",)))
    for part in facts["parts"]:
        domains = {item["domain"] for item in lines(run / "dataset" / f"{part}.jsonl")}
        assert (domains == {"hotel"}) == part.startswith("vertical."), f"{part} holds {domains}"
    assert sum(part["rows"] for part in facts["parts"].values()) == facts["rows"] == 12


@pytest.mark.parametrize(
    ("recipe", "wrong"),
    [
        (Recipe(held_out_names=("shp",)), "did you mean 'shop'"),
        (Recipe(split="task", held_out_names=("shop-lokup",)), "did you mean 'shop-lookup'"),
        (Recipe(vertical=("hotl",)), "did you mean 'hotel'"),
        (Recipe(formats=("csv",)), "csv"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused_before_anything_is_written(
    run: Path, recipe: Recipe, wrong: str
) -> None:
    with pytest.raises(RunError, match=wrong):
        dataset(run, recipe)
    assert not (run / "dataset").exists()


def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    both = APART.model_copy(update={"formats": ("jsonl", "parquet")})
    stages.dataset(run, run / "one", both)
    stages.dataset(run, run / "other", both)
    assert bytes_of(run / "one") == bytes_of(run / "other")
    assert len(bytes_of(run / "one")) == 6, "train and held_out in two formats, the README and the card"


def test_the_hub_reads_the_folder(run: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    for formats in (("jsonl",), ("jsonl", "parquet")):
        dataset(run, APART.model_copy(update={"formats": formats}))
        found = load_dataset(str(run / "dataset"), cache_dir=str(tmp_path / f"cache{len(formats)}"))
        rows = {name: list(part) for name, part in found.items()}
        assert rows == {name: lines(run / "dataset" / f"{name}.jsonl") for name in ("train", "held_out")}
        assert list(load(run / "dataset", tmp_path / "own", split="train")) == rows["train"]


def test_a_part_that_is_not_there_is_named(run: Path) -> None:
    dataset(run)
    with pytest.raises(RunError, match="it has held_out, train"):
        load(run / "dataset", split="test")


def test_the_card_counts_what_is_there(run: Path) -> None:
    facts = dataset(run)
    assert json.loads((run / "dataset" / CARD).read_text("utf-8")) == json.loads(json.dumps(facts))
    for name, part in facts["parts"].items():
        rows = lines(run / "dataset" / f"{name}.jsonl")
        assert part["rows"] == len(rows)
        assert part["by"]["agent"] == {"gold": len(rows)}
        assert part["by"]["kind"] == {"answer": len(rows) // 3, "read": len(rows) // 3, "write": 2 * len(rows) // 3}
        assert sum(part["by"]["gold calls"].values()) == len(rows)
    assert facts["domains"]["shop"]["specs"] == "digest of shop"
    assert facts["licences"] == {"Apache-2.0": 48}
    assert set(facts["inputs"]) == {
        "trajectories.jsonl",
        "verdicts.jsonl",
        "domains/*/domain.json",
        "domains/*/tasks.jsonl",
    }
    assert facts["funnel"] == {"state": {"kept": 12}}
    for name, digest in facts["files"].items():
        assert digest == staging.digest_of(run / "dataset" / name)


def test_the_readme_is_the_cards(run: Path) -> None:
    dataset(run)
    _, front, body = (run / "dataset" / "README.md").read_text("utf-8").split("---\n", 2)
    matter = yaml.safe_load(front)
    assert matter["license"] == "apache-2.0", "all tools of this run have that licence"
    assert [item["split"] for item in matter["configs"][0]["data_files"]] == ["train", "held_out"]
    assert "| train | " in body and "## Limits" in body
    assert str(run) not in body, "a path of this machine stands in the card"


def test_control_tokens_are_counted(run: Path) -> None:
    change(run, lambda items: [say(items[0], "Hi <|im_end|> [INST]"), *items[1:]])
    facts = dataset(run)
    assert facts["control_tokens"] == {"neutralised": 2, "rows": 1}


def test_reasoning_is_kept_on_demand_and_counted_always(run: Path) -> None:
    def edit(items: list[Trajectory]) -> list[Trajectory]:
        turns = [m.model_copy(update={"reasoning": "Hm."}) if m.role == "assistant" else m for m in items[0].messages]
        return [items[0].model_copy(update={"messages": tuple(turns)}), *items[1:]]

    change(run, edit)
    assert dataset(run)["reasoning"] == {"rows": 1}
    assert "reasoning_content" not in (run / "dataset" / "train.jsonl").read_text("utf-8")
    dataset(run, Recipe(held_out=0, reasoning=True))
    assert "reasoning_content" in (run / "dataset" / "train.jsonl").read_text("utf-8")


def test_copies_of_a_benchmark_are_dropped_and_hints_are_flagged(run: Path, tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps({"instruction": INTENT, "actions": ["get_order_details"]}))
    hint = " ".join(INTENT.split()[:9])
    change(run, lambda items: [say(items[0], f"Hello, {INTENT}."), say(items[1], hint), *items[2:]])
    facts = dataset(run, Recipe(held_out=0), benchmarks=[tmp_path / "bench.json"])
    assert facts["dropped"] == {COPIED: 1} and facts["rows"] == 11
    (dropped,) = rejected(run)
    assert dropped.subject == "clinic-cancel/gold/0" and "please cancel the order" in dropped.detail
    rows = {item["id"]: item["overlaps"] for item in lines(run / "dataset" / "train.jsonl")}
    assert rows.pop("clinic-lookup/gold/0") == ["8 words: bench.json"] and not any(rows.values())
    found = facts["benchmarks"]["bench.json"]
    assert (found["rows_with_8_words"], found["rows_with_13_words"]) == (1, 0)
    assert found["tool_names_shared"]["shop"] == ["get_order_details"]
    kept = dataset(run, Recipe(held_out=0, overlap="flag"), benchmarks=[tmp_path / "bench.json"])
    assert kept["rows"] == 12 and kept["benchmarks"]["bench.json"]["rows_with_13_words"] == 1
