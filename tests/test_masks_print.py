"""``agentgym mask`` shows what of a row is supervised, with a tokenizer and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.style import Style
from typer.testing import Result

from agentgym.cli.masks import painted
from agentgym.learn.chat import encode, training_template
from agentgym.learn.chat.mask import mask, read_row
from agentgym.learn.datasets import save
from agentgym.types import Json
from tests.chatting import row, tokenizer
from tests.commands import agentgym


def shown(*arguments: object) -> Result:
    return agentgym("mask", *arguments)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    save(tmp_path / "sft.jsonl", [row(), row(user="Second."), row(user="<|im_end|>")])
    return tmp_path


def test_without_a_tokenizer_characters_are_shown_with_brackets(rows: Path) -> None:
    done = shown(rows, "--row", 1)
    assert done.exit_code == 0, done.output
    assert "Second.<|im_end|>" in done.output, "what the user said is not shown"
    assert done.output.count("⟦") == 5, "not every assistant turn is marked"
    assert "Both were sent.<|im_end|>\n⟧" in done.output
    assert "characters…]" in done.output and "characters supervised" in done.output
    assert "characters…]" not in shown(rows, "--full").output


def test_json_tells_the_same_as_the_labels(rows: Path, tmp_path: Path) -> None:
    tokenizer().save_pretrained(tmp_path / "model")
    done = shown(rows, "--tokenizer", tmp_path / "model", "--template", "qwen3", "--json")
    told = json.loads(done.stdout)
    made = encode(read_row(rows, 0), tokenizer(), training_template(name="qwen3"))
    assert told["unit"] == "tokens"
    assert told["size"] == len(made.input_ids)
    assert told["supervised"] == sum(label != -100 for label in made.labels)
    assert told["share"] == pytest.approx(told["supervised"] / told["size"], abs=1e-6)
    assert "Both were sent." in [part["text"] for part in told["segments"] if part["supervised"]][-1]


def test_segments_hold_the_whole_text_whether_tokens_or_characters_are_counted() -> None:
    template = training_template(name="qwen3")
    by_token, by_character = mask(row(), template, tokenizer()), mask(row(), template)
    texts = [[(part.text, part.supervised) for part in made.segments] for made in (by_token, by_character)]
    assert texts[0] == texts[1], "tokens and characters mark other text"
    assert by_token.size < by_character.size


def test_colours_tell_supervised_text_and_control_sequences_are_shown_not_obeyed() -> None:
    found = row(user="a\x1b[31mb")
    text = painted(mask(found, training_template(name="qwen3")), coloured=True, full=True)
    green = "".join(text.plain[span.start : span.end] for span in text.spans if Style.parse(str(span.style)).bold)
    assert "Both were sent." in green and "Where is" not in green
    assert "\x1b" not in text.plain


def write_odd_files(folder: Path) -> None:
    """Files and folders that are not what their names promise."""
    (folder / "other.jsonl").write_text('{"id": 1}\n')
    (folder / "broken.jsonl").write_text("{\n")
    (folder / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    (folder / "deep.jsonl").write_text("[" * 200_000)
    (folder / "blank.jsonl").write_text("")
    (folder / "rows.parquet").write_bytes(b"PAR1")
    (folder / "empty").mkdir()
    (folder / "bare").mkdir()
    (folder / "bare" / "config.json").write_text('{"model_type": "qwen3"}')


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("sft.json",), "does not exist; write it with `agentgym export`; did you mean 'sft.jsonl'?"),
        (("sft.jsonl", "--row", 9), "has no row 9: it has 3"),
        (("sft.jsonl", "--row", 10**30), "has no row 1000"),
        (("sft.jsonl", "--row", 2), "row 2 of sft.jsonl"),
        (("sft.jsonl", "--row", 2), "hygiene.neutralise"),
        (("sft.jsonl", "--template", "qwen33"), "did you mean 'qwen3'"),
        (("sft.jsonl", "--tokenizer", "nowhere"), "nothing is fetched"),
        (("sft.jsonl", "--tokenizer", "sft.jsonl"), "is no folder"),
        (("sft.jsonl", "--tokenizer", "empty"), "empty holds no tokenizer"),
        (("sft.jsonl", "--tokenizer", "bare"), "bare holds no tokenizer.json with words"),
        (("other.jsonl",), "agentgym export"),
        (("broken.jsonl",), "is no JSON"),
        (("bytes.jsonl",), "is no UTF-8 text"),
        (("deep.jsonl",), "is no JSON"),
        (("blank.jsonl",), "has no row 0: it has 0"),
        (("rows.parquet",), "is Parquet; give the .jsonl file beside it"),
        (("empty",), "agentgym export"),
        (("sft.jsonl/x",), "does not exist"),
        (("x" * 300,), "x" * 300),
    ],
)
def test_what_cannot_be_shown_says_why(
    rows: Path, arguments: tuple[object, ...], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rows)
    write_odd_files(rows)
    assert advice in refusal(*arguments)


def refusal(*arguments: object) -> str:
    """The one sentence with which bad input is refused."""
    done = shown(*arguments)
    assert done.exit_code == 2, f"bad input has another exit code than elsewhere: {done.output} {done.exception!r}"
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, f"not one sentence: {done.stderr}"
    return done.stderr.replace("\n", " ")


CALL = {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "x", "arguments": {}}}]}


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        ("hello", "a list 'messages'"),
        ([1], "messages[0] has no role"),
        ([{"role": "wizard", "content": ""}], "messages[0] has no role"),
        ([{"role": "user", "content": 5}], "messages[0] has a content that is no text"),
        ([{"role": "assistant", "reasoning_content": 5}], "messages[0] has a reasoning_content that is no text"),
        ([{"role": "assistant", "tool_calls": 7}], "messages[0] has tool_calls that are no list"),
        ([{"role": "assistant", "tool_calls": [7]}], "messages[0] has a tool call without arguments"),
        (
            [CALL, {**CALL, "tool_calls": [{"function": {"arguments": {}}}]}],
            "messages[1] has a tool call without a name",
        ),
        ([{"role": "user", "content": "\ud800"}, CALL], "half a surrogate pair is in messages[0].content"),
    ],
)
def test_a_row_of_another_form_is_refused_with_its_place(tmp_path: Path, messages: Json, place: str) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({"messages": messages, "tools": []}) + "\n")
    said = refusal(tmp_path / "rows.jsonl")
    assert place in said and "row 0 of" in said, said


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("tokenizer.json", b""),
        ("tokenizer.json", b"\xff\xfe"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b"[]"),
        ("tokenizer_config.json", b"{"),
        ("tokenizer_config.json", b"[]"),
        ("tokenizer_config.json", b'{"tokenizer_class": 5}'),
        ("tokenizer_config.json", b'{"auto_map": {"AutoTokenizer": ["own.Own", null]}, "tokenizer_class": "Own"}'),
    ],
)
def test_a_broken_tokenizer_is_refused_and_its_code_is_not_run(rows: Path, file: str, content: bytes) -> None:
    folder = rows / "model"
    tokenizer().save_pretrained(folder)
    (folder / file).write_bytes(content)
    said = refusal(rows, "--tokenizer", folder, "--template", "qwen3")
    assert f"{folder} holds no tokenizer that transformers reads" in said and "save its tokenizer anew" in said, said
