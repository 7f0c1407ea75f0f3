"""The data of the nano experiment: its specifications, its tokenizer and template, and what is held out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from agentgym.build.sources import catalog
from agentgym.files import read_records
from agentgym.runs import domains_in
from agentgym.types import Task, Trajectory
from training.nano import data, pool, tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PLAN = replace(
    data.PLANS["tiny"],
    general=data.Share(3, 8, 0.25),
    vertical=data.Share(1, 8, 0.5),
    unseen=data.Share(1, 3, 1.0),
    vocabulary=1400,  # the numbers take a thousand
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nano")
    data.make(out, PLAN)
    return out


@pytest.fixture(scope="module")
def rows(made: Path) -> list[dict[str, Any]]:
    return [*data.rows(made, "general"), *data.rows(made, "vertical")]


@pytest.fixture(scope="module")
def saved(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tokenizer."""
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.learnt(data.rows(made, "general"), size=PLAN.vocabulary).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def loaded(saved: Path) -> PreTrainedTokenizerFast:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(saved)


# -- the pool -------------------------------------------------------------------------------------


def test_no_noun_is_in_two_parts_and_more_services_only_add_some() -> None:
    parts = [set(pool.nouns(part, count, 0)) for part, count in zip(pool.PARTS, (300, 16, 32), strict=True)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 348, "a noun of one part must not be in another"
    few, many = (dict(pool.specifications("general", count, 0)) for count in (3, 9))
    assert few.items() <= many.items(), "the first services must not change when more are asked for"


def test_what_general_domains_are_made_of_leaves_out_what_is_kept_apart() -> None:
    spoken = json.dumps(dict(pool.specifications("general", 200, 0)))
    for name in (
        *pool.APART.words,
        *pool.APART.numbers,
        *(verb for life in pool.APART.lives for verb, *_ in life.verbs),
    ):
        assert f'"{name}"' not in spoken and f'"{name}_' not in spoken, f"{name!r} stands in a general domain"
    apart = json.dumps(dict(pool.specifications("vertical", 16, 0)))
    assert any(f'"{name}"' in apart for name in pool.APART.words), "the vertical must know something that others do not"


def test_too_many_services_are_refused() -> None:
    with pytest.raises(ValueError, match="17 vertical services are wanted, but there are 16 nouns"):
        pool.nouns("vertical", 17, 0)


def test_every_noun_makes_a_document_of_the_catalogs_format() -> None:
    for noun in pool.NOUNS.read_text("utf-8").split():
        document = pool.service(noun, "unseen", Random(noun))
        assert catalog.matches(document), f"the document of {noun!r} is not of the catalog's format"
        assert len({tool["name"] for tool in document["tools"]}) == 6, f"{noun!r} has not six tools"


# -- what is made ---------------------------------------------------------------------------------


def test_every_service_becomes_a_domain_of_all_its_tools(made: Path) -> None:
    for part in pool.PARTS:
        documents = dict(pool.specifications(part, getattr(PLAN, part).domains, PLAN.seed))
        built = {folder.name: json.loads((folder / "domain.json").read_text()) for folder in domains_in(made / part)}
        assert built.keys() == documents.keys(), f"the domains of {part} are not its services"
        for noun, domain in built.items():
            names = {tool["name"] for tool in domain["tools"]}
            assert names == {tool["name"] for tool in documents[noun]["tools"]}, f"{noun} lost or gained a tool"


def test_tasks_are_short_and_said_at_once(made: Path) -> None:
    tasks = [task for part in pool.PARTS for folder in domains_in(made / part) for task in _tasks(folder)]
    assert {len(task.gold) for task in tasks} == {1, 2, 3}, "tasks must have one to three calls, and some of each"
    assert not any(task.revisions for task in tasks), "a plain user neither errs nor thinks again"


def test_held_out_tasks_are_in_no_training_row(made: Path, rows: list[dict[str, Any]]) -> None:
    trained = {row["task"] for row in rows}
    for part in pool.PARTS:
        kept = {task.id for folder in domains_in(data.held_out(made, part)) for task in _tasks(folder)}
        assert kept, f"nothing of {part} is held out"
        assert not kept & trained, f"held-out tasks of {part} are trained on: {sorted(kept & trained)}"
        whole = {task.id for folder in domains_in(made / part) for task in _tasks(folder)}
        assert kept <= whole
        assert part != "unseen" or kept == whole, "all tasks of unseen domains are held out"
    assert not (made / "unseen" / "dataset").exists(), "nothing is trained on unseen domains"


def test_every_row_is_an_episode_that_was_won(made: Path) -> None:
    for part in ("general", "vertical"):
        played = list(read_records(made / part / "trajectories.jsonl", Trajectory))
        assert all(item.reward == 1 and item.agent == "brief" for item in played)
        assert len(played) == sum(len(data.rows(made, part, side)) for side in ("train", "held_out"))


def test_made_again_it_is_the_same(made: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*") if path.is_file()}
    told = data.make(made, PLAN)
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*") if path.is_file()} == before, "made twice"
    assert told["counts"]["general"]["domains"] == 3
    other = tmp_path / "other"
    data.make(other, PLAN)
    for name in ("general/dataset/train.jsonl", "vertical/dataset/train.jsonl", data.TOLD):
        assert (other / name).read_bytes() == (made / name).read_bytes(), f"{name} depends on more than the plan"


# -- the template ---------------------------------------------------------------------------------


def test_tools_are_one_line_signatures() -> None:
    properties = {
        "size": {"type": "string", "enum": ["S", "M"]},
        "weight": {"type": "integer"},
        "note": {"type": "string"},
    }
    parameters = {"type": "object", "properties": properties, "required": ["size", "note"]}
    tool = {"type": "function", "function": {"name": "add_box", "description": "Add.", "parameters": parameters}}
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}], "tools": [tool]}
    assert tokenizer.rendered(row) == (
        "<|im_start|>system\nadd_box(size: S|M, weight?: integer, note)<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n"
    )


def test_no_policy_is_shown(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        policy = row["messages"][0]
        assert policy["role"] == "system" and policy["content"] not in tokenizer.rendered(row)


def test_rows_can_be_trained_on_and_the_mask_is_the_assistants(
    rows: list[dict[str, Any]], loaded: PreTrainedTokenizerFast
) -> None:
    from agentgym.learn.chat import encode, training_template

    template = training_template(loaded)
    for row in rows[:12]:
        encoded = encode(row, loaded, template)
        said = "".join(loaded.decode([label]) for label in encoded.labels if label != -100)
        turns = re.findall(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", tokenizer.rendered(row), re.DOTALL)
        assert said == "".join(turns), f"{row['id']} is not supervised on its assistant turns alone"


def test_the_server_reads_the_calls_back(rows: list[dict[str, Any]], loaded: PreTrainedTokenizerFast) -> None:
    row = next(row for row in rows if row["messages"][2].get("tool_calls"))
    before, after = row["messages"][:2], row["messages"][:3]
    prompt = loaded.apply_chat_template(before, tools=row["tools"], add_generation_prompt=True, tokenize=False)
    whole = loaded.apply_chat_template(after, tools=row["tools"], tokenize=False)
    assert whole.startswith(prompt), "what is served must be the beginning of what is trained"
    answer = loaded(whole.removeprefix(prompt), add_special_tokens=False)["input_ids"]
    parsed = loaded.parse_response(answer, prefix=prompt)
    (call,), (asked,) = parsed["tool_calls"], after[-1]["tool_calls"]
    assert call["function"] == asked["function"]


# -- the tokenizer --------------------------------------------------------------------------------


def test_equal_rows_make_an_equal_tokenizer(made: Path, saved: Path, tmp_path: Path) -> None:
    tokenizer.learnt(data.rows(made, "general"), size=PLAN.vocabulary).save_pretrained(tmp_path)
    name = "tokenizer.json"
    assert (tmp_path / name).read_bytes() == (saved / name).read_bytes(), "it depends on more than the rows"


def test_three_digits_are_one_token_and_the_capital_before_them_another(loaded: PreTrainedTokenizerFast) -> None:
    texts = ("P701", " P442", "W1209")
    pieces = {text: [loaded.decode([token]) for token in loaded(text)["input_ids"]] for text in texts}
    assert pieces == {"P701": ["P", "701"], " P442": [" ", "P", "442"], "W1209": ["W", "120", "9"]}
    split = [number for number in tokenizer.NUMBERS if len(loaded(number)["input_ids"]) != 1]
    assert not split, f"{split} are more than one token"


def test_any_text_survives_and_control_tokens_are_single(loaded: PreTrainedTokenizerFast) -> None:
    text = "Ünïcode, 漢字\tand \N{PACKAGE}  two  spaces\n"
    assert loaded.decode(loaded(text)["input_ids"]) == text
    for token in (*tokenizer.SPECIAL, *tokenizer.ADDED):
        assert len(loaded(token)["input_ids"]) == 1, f"{token} is not one token"
    assert (loaded.eos_token, loaded.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert len(loaded) == PLAN.vocabulary


def _tasks(folder: Path) -> list[Task]:
    return list(read_records(folder / "tasks.jsonl", Task))
