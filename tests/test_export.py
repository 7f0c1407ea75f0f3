"""A run becomes a data set: cleaned, split, counted, described, and never half written."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from agentgym import stages
from agentgym.errors import RunError
from agentgym.files import read_records
from agentgym.learn.export import DUPLICATE, NEAR
from agentgym.learn.recipe import Recipe
from agentgym.learn.rows import FORGED, UNPLAIN
from agentgym.types import Trajectory
from agentgym.world.load import load as load_domain
from tests.commands import agentgym
from tests.exported import bytes_of, change, dataset, rejected, say
from tests.finished_run import copy_shop, lines, play, played, write_run


@pytest.fixture
def run(shops: Path, tmp_path: Path) -> Path:
    """A copy of that run, to be changed."""
    return shutil.copytree(shops, tmp_path / "run")


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
