"""A run becomes a data set: cleaned, split, counted, described, and never half written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from agentgym import stages
from agentgym.cli.app import app
from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.learn import staging
from agentgym.learn.datasets import CARD, load
from agentgym.learn.export import COPIED, DUPLICATE, NEAR
from agentgym.learn.recipe import Recipe
from agentgym.learn.rows import FORGED, UNPLAIN
from agentgym.learn.splits import gold_key
from agentgym.types import Json, Rejection, Trajectory
from agentgym.world.load import load as load_domain
from tests.finished_run import copy_shop, lines, play, played, write_run

SHOPS = {"shop": "", "mart": "", "clinic": "_c", "hotel": "_h"}  # domain -> what its tools' names end with
APART = Recipe(held_out_names=("clinic",))
INTENT = "please cancel the order of the green kettle that I bought here on Monday by mistake as a gift"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four domains, two of them twins, with three kept episodes each."""
    run = tmp_path_factory.mktemp("made")
    for name, ending in SHOPS.items():
        copy_shop(run / "domains", name, tools=ending)
    write_run(run, [_alone(item) for item in played(run / "domains")])
    return run


def _alone(item: Trajectory) -> Trajectory:
    """The episode with a word of its domain in what the agent says, so that no two domains' are duplicates."""
    *before, last, thanks = item.messages
    said = last.model_copy(update={"content": f"All done in the {item.domain}."})
    return item.model_copy(update={"messages": (*before, said, thanks)})


@pytest.fixture
def run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that run, to be changed."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run"


def agentgym(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="agentgym")


def change(run: Path, edit: Callable[[list[Trajectory]], list[Trajectory]]) -> None:
    write_run(run, edit(list(read_records(run / "trajectories.jsonl", Trajectory))))


def say(item: Trajectory, text: str, place: int = 1) -> Trajectory:
    """The episode with another message at ``place``."""
    messages = list(item.messages)
    messages[place] = messages[place].model_copy(update={"content": text})
    return item.model_copy(update={"messages": tuple(messages)})


def rejected(run: Path) -> list[Rejection]:
    return [item for item in read_records(run / "rejected.jsonl", Rejection) if item.stage == "export"]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# -- one file -------------------------------------------------------------------------------------


def test_one_file_holds_every_row(run: Path) -> None:
    assert stages.export(run, run / "sft.jsonl") == 12
    assert [item["id"] for item in lines(run / "sft.jsonl")][:2] == ["clinic-cancel/gold/0", "clinic-lookup/gold/0"]


def test_what_the_funnel_dropped_is_not_exported(run: Path) -> None:
    text = (run / "verdicts.jsonl").read_text("utf-8").replace('"kept":true', '"kept":false', 2)
    (run / "verdicts.jsonl").write_text(text, "utf-8")
    assert stages.export(run, run / "sft.jsonl") == 10


def test_verdicts_that_lack_a_trajectory_are_refused(run: Path) -> None:
    first, *_ = (run / "verdicts.jsonl").read_text("utf-8").splitlines()
    (run / "verdicts.jsonl").write_text(first + "\n", "utf-8")
    with pytest.raises(RunError, match=r"verdicts\.jsonl says nothing of .*agentgym filter"):
        stages.export(run, run / "sft.jsonl")
    assert not (run / "sft.jsonl").exists(), "rows were written although verdicts are missing"


def test_trajectories_that_were_judged_and_are_gone_are_missed(run: Path) -> None:
    lines = (run / "trajectories.jsonl").read_text("utf-8").splitlines(keepends=True)
    (run / "trajectories.jsonl").write_text("".join(lines[:-1]), "utf-8")
    with pytest.raises(RunError, match=r"trajectories\.jsonl lacks .*which was judged"):
        stages.export(run, run / "sft.jsonl")


@pytest.mark.parametrize("name", ["trajectories.jsonl", "domains/shop/domain.json", "pipe"])
def test_only_rows_of_an_export_are_replaced(name: str, run: Path) -> None:
    os.mkfifo(run / "pipe")
    before = bytes_of(run / "domains/shop"), (run / "trajectories.jsonl").read_bytes()
    with pytest.raises(RunError, match=rf"{name} is a .*choose another name"):
        stages.export(run, run / name)
    assert (bytes_of(run / "domains/shop"), (run / "trajectories.jsonl").read_bytes()) == before
    assert (run / "pipe").is_fifo()


def test_an_argument_that_is_no_json_is_dropped_although_a_verdict_keeps_it(run: Path) -> None:
    def edit(items: list[Trajectory]) -> list[Trajectory]:
        place, turn = next((n, m) for n, m in enumerate(items[0].messages) if m.tool_calls)
        call = turn.tool_calls[0].model_copy(update={"arguments": {"weight": float("nan")}})
        turn = turn.model_copy(update={"tool_calls": (call, *turn.tool_calls[1:])})
        messages = (*items[0].messages[:place], turn, *items[0].messages[place + 1 :])
        return [items[0].model_copy(update={"messages": messages}), *items[1:]]

    items = edit(list(read_records(run / "trajectories.jsonl", Trajectory)))
    texts = [json.dumps(item.model_dump()) + "\n" for item in items]
    (run / "trajectories.jsonl").write_text("".join(texts), "utf-8")
    assert stages.export(run, run / "sft.jsonl") == 11
    assert [(item.subject, item.reason) for item in rejected(run)] == [(items[0].id, UNPLAIN)]


def test_what_a_killed_export_left_aside_is_cleared(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere" / "rows.jsonl"
    out.parent.mkdir()
    for left in (f".rows.jsonl.{2**22 + 1}.tmp", f".rows.jsonl.{os.getppid()}.tmp", ".other.jsonl.4194305.tmp"):
        (out.parent / left).write_text("half", "utf-8")
    stages.export(run, out)
    kept = {f".rows.jsonl.{os.getppid()}.tmp", ".other.jsonl.4194305.tmp", "rows.jsonl"}
    assert {path.name for path in out.parent.iterdir()} == kept, "only what nobody is at any more may be cleared"


def test_what_is_left_out_is_on_record(run: Path) -> None:
    def edit(items: list[Trajectory]) -> list[Trajectory]:
        again = items[0].model_copy(update={"id": "again", "trial": 1})
        forged = say(items[1], "Done. <|im_end|>", -2).model_copy(update={"id": "forged"})
        other = say(items[2], items[2].messages[3].content + " ", 3).model_copy(update={"id": "near"})
        return [*items, again, forged, other]

    change(run, edit)
    assert stages.export(run, run / "sft.jsonl") == 12
    found = {item.subject: item for item in rejected(run)}
    assert {name: item.reason for name, item in found.items()} == {"again": DUPLICATE, "forged": FORGED, "near": NEAR}
    assert found["again"].detail.startswith("of clinic-cancel/gold/0"), "a duplicate must name the row it repeats"


def test_twins_say_the_same_once(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for name in ("shop", "mart"):
        copy_shop(run / "domains", name)
    write_run(run, played(run / "domains"))
    assert stages.export(run, run / "sft.jsonl") == 3
    assert {item.reason for item in rejected(run)} == {DUPLICATE}


# -- a data set -----------------------------------------------------------------------------------


def dataset(run: Path, recipe: Recipe = APART, **options: Json) -> Json:
    return stages.dataset(run, run / "dataset", recipe, **options).facts()


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


# -- broken and empty runs, and a sudden end ------------------------------------------------------


def test_an_empty_run_makes_an_empty_set_that_says_so(run: Path) -> None:
    write_run(run, [])
    facts = dataset(run)
    assert facts["rows"] == 0 and sorted(bytes_of(run / "dataset")) == ["README.md", CARD]
    assert agentgym("export", run, "--to", "trl").exit_code == 1, "nothing to train on is a problem"


def test_a_torn_file_is_named_with_its_line(run: Path) -> None:
    path = run / "trajectories.jsonl"
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    dataset_before = run / "dataset"
    with pytest.raises(RunError, match=r"trajectories\.jsonl:12"):
        dataset(run)
    assert not list(dataset_before.glob("*")), "half a data set was left"


def test_a_run_that_was_not_filtered_says_what_to_do(run: Path) -> None:
    (run / "verdicts.jsonl").unlink()
    with pytest.raises(RunError, match="run the stage that writes it first"):
        dataset(run)


def test_a_domain_that_is_gone_is_named(run: Path) -> None:
    shutil.rmtree(run / "domains" / "hotel")
    with pytest.raises(RunError, match="'hotel'"):
        dataset(run)


def test_parts_of_an_earlier_export_do_not_stay(run: Path) -> None:
    (run / "dataset").mkdir()
    (run / "dataset" / "notes.txt").write_text("mine")
    dataset(run, Recipe(held_out_names=("clinic",), vertical=("shop",), formats=("parquet", "jsonl")))
    dataset(run, Recipe(held_out=0))
    assert sorted(bytes_of(run / "dataset")) == ["README.md", CARD, "notes.txt", "train.jsonl"]


def test_a_folder_of_somebody_else_is_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# My project")
    with pytest.raises(RunError, match="choose another folder"):
        stages.dataset(run, tmp_path, APART)
    assert (tmp_path / "README.md").read_text() == "# My project"


def test_an_export_that_was_stopped_can_be_run_again(run: Path) -> None:
    dataset(run)
    (run / "dataset" / CARD).unlink()
    assert dataset(run)["rows"] == 12


def test_wherever_it_is_stopped_no_mixture_passes_for_whole(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The N-th operation on the folder fails, for every N: the old set is there, or the new one, or none has a card."""
    small = Recipe(held_out=0)
    old_facts = dataset(run, small)
    old = bytes_of(run / "dataset")
    shutil.copytree(run / "dataset", run / "old")
    new_facts = stages.dataset(run, run / "new", APART).facts()
    assert old_facts["files"] != new_facts["files"]
    new, outcomes = bytes_of(run / "new"), set()
    for number in range(100):
        shutil.rmtree(run / "dataset")
        shutil.copytree(run / "old", run / "dataset")
        with monkeypatch.context() as patch:
            fail_at(number, patch)
            try:
                stages.dataset(run, run / "dataset", APART)
                done = True
            except OSError:
                done = False
        found = bytes_of(run / "dataset")
        temporary = [name for name in found if name.endswith(".tmp")]
        assert not temporary, f"stopped at operation {number}, it left {temporary}"
        outcomes.add(
            "old" if found == old else "new" if found == new else "no card" if CARD not in found else "mixture"
        )
        if done:
            break
    assert outcomes == {"old", "new", "no card"}, f"stopped somewhere, the folder was {outcomes}"


def fail_at(number: int, patch: pytest.MonkeyPatch) -> None:
    """Let the operation with this number, of those that change a folder, fail as a full disk does."""
    counted: Iterator[int] = iter(range(10_000))

    def failing(operation: Callable[..., Json]) -> Callable[..., Json]:
        def call(*arguments: Json, **options: Json) -> Json:
            if next(counted) == number:
                raise OSError(28, "No space left on device")
            return operation(*arguments, **options)

        return call

    patch.setattr(staging.os, "replace", failing(os.replace))
    patch.setattr(staging.os, "fsync", failing(os.fsync))


# -- the command ----------------------------------------------------------------------------------


def test_the_command_makes_both(run: Path) -> None:
    shown = agentgym("export", run, "--json")
    assert json.loads(shown.stdout) == {"rows": 12, "path": str(run / "sft.jsonl")}
    shown = agentgym("export", run, "--to", "trl", "--held-out", "clinic", "--format", "both", "--json")
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    assert told["rows"] == 12 and sorted(told["files"]) == [
        *("held_out.jsonl", "held_out.parquet", "train.jsonl", "train.parquet"),
    ]


def test_an_option_that_would_be_ignored_is_refused(run: Path) -> None:
    shown = agentgym("export", run, "--vertical", "shop")
    assert shown.exit_code == 2 and "--vertical is for data sets; add --to trl" in shown.stderr


def test_an_empty_side_is_told(run: Path) -> None:
    shown = agentgym("export", run, "--to", "trl", "--held-out", "0.000001")
    assert shown.stdout.count("held_out is empty: no domain of it was drawn or named") == 1
    shown = agentgym("export", run, "--to", "trl", "--held-out", "clinic")
    assert "is empty" not in shown.stdout


@pytest.mark.parametrize("share", ["1", "-0.5", "nan"])
def test_an_impossible_share_is_bad_usage(run: Path, share: str) -> None:
    assert agentgym("export", run, "--to", "trl", f"--held-out={share}").exit_code == 2


def test_a_domain_of_an_odd_name_is_data(tmp_path: Path) -> None:
    """Names from specifications end up in YAML, Markdown and JSON, and break none of them."""
    name = 'a: "b" | <c>'
    run = tmp_path / "run"
    copy_shop(run / "domains", name)
    loaded = load_domain(run / "domains" / name)
    write_run(run, [play(loaded, task) for task in loaded.tasks()])
    facts = dataset(run, Recipe(held_out_names=(name,)))
    _, front, body = (run / "dataset" / "README.md").read_text("utf-8").split("---\n", 2)
    assert yaml.safe_load(front)["configs"]
    assert facts["domains"][name]["rows"] == 3 and "\\| &lt;c>" in body


def test_a_message_of_the_policy_is_cleaned_too(run: Path) -> None:
    change(run, lambda items: [say(item, "Be kind. <|im_start|>", 0) for item in items])
    dataset(run, Recipe(held_out=0))
    first = lines(run / "dataset" / "train.jsonl")[0]["messages"][0]
    assert first == {"role": "system", "content": "Be kind. \\u003c|im_start|>"}
