"""``agentgym mask`` shows what of a row is supervised, with a tokenizer and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.style import Style
from typer.testing import CliRunner, Result

from agentgym.cli.app import app
from agentgym.cli.masks import painted
from agentgym.learn.chat import encode, training_template
from agentgym.learn.chat.mask import mask, read_row
from agentgym.learn.datasets import save
from tests.chatting import row, tokenizer


def shown(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["mask", *map(str, arguments)], prog_name="agentgym")


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


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl"),
        (("sft.jsonl", "--row", 9), "has no row 9"),
        (("sft.jsonl", "--row", 2), "hygiene.neutralise"),
        (("sft.jsonl", "--template", "qwen33"), "did you mean 'qwen3'"),
        (("sft.jsonl", "--tokenizer", "nowhere"), "nothing is fetched"),
        (("sft.jsonl", "--tokenizer", "."), "no tokenizer"),
        (("other.jsonl",), "agentgym export"),
        (("broken.jsonl",), "is no JSON"),
        (("empty",), "agentgym export"),
    ],
)
def test_what_cannot_be_shown_says_why(
    rows: Path, arguments: tuple[object, ...], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rows)
    (rows / "other.jsonl").write_text('{"id": 1}\n')
    (rows / "broken.jsonl").write_text("{\n")
    (rows / "empty").mkdir()
    done = shown(*arguments)
    assert done.exit_code == 2, done.output
    assert advice in done.output.replace("\n", " ")
