"""Rows that repeat a benchmark are found, in whatever shape its files are. All text here is our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.errors import RunError
from agentgym.learn.contamination import COPY, HINT, Overlap, overlaps, read
from agentgym.types import Json

INTENT = "You are Ida Berg and you want to send back the green kettle because its lid does not close at all"
TOOL = {"name": "returnKettle", "description": "Send a kettle back.", "parameters": {"type": "object"}}
SHAPES: dict[str, Json] = {
    "tasks with a scenario": [{"id": "0", "user_scenario": {"instructions": {"task_instructions": INTENT}}}],
    "tasks with actions": {"tasks": [{"instruction": INTENT, "actions": [{"name": "returnKettle", "kwargs": {}}]}]},
    "question and function": {"question": [[{"role": "user", "content": INTENT}]], "function": [TOOL]},
    "a question of text": {"question": f"user: {INTENT}", "function": [TOOL]},
    "OpenAI tools": [{"type": "function", "function": TOOL}, INTENT],
}


def user(*texts: str) -> Json:
    return [{"role": "system", "content": INTENT}, *({"role": "user", "content": text} for text in texts)]


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("lines", [False, True])
def test_any_shape_of_json_is_read(shape: str, lines: bool, tmp_path: Path) -> None:
    value = json.dumps(SHAPES[shape])
    (benchmark,) = read([write(tmp_path / "tasks.json", f"{value}\n{value}\n" if lines else value)])
    assert overlaps(user(f"Hello! {INTENT}."), [benchmark]), f"the user's words were not found in {shape}"
    if "returnKettle" in value:
        assert "returnKettle" in benchmark.tools


def test_code_and_plain_text_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "tasks.py", f'tasks = [Task(instruction="{INTENT}", actions=[Action(name="return_kettle")])]'
    )
    (benchmark,) = read([path])
    assert overlaps(user(INTENT), [benchmark]) and "return_kettle" in benchmark.tools


def test_a_folder_is_one_benchmark(tmp_path: Path) -> None:
    (tmp_path / "bench" / "a").mkdir(parents=True)
    (tmp_path / "bench" / ".git").mkdir()
    write(tmp_path / "bench" / "a" / "tasks.txt", INTENT)
    write(tmp_path / "bench" / ".git" / "packed", "one two three four five six seven eight nine ten")
    (tmp_path / "bench" / "logo.png").write_bytes(b"\x89PNG\0\0")
    (benchmark,) = read([tmp_path / "bench"])
    assert benchmark.name == "bench" and overlaps(user(INTENT), [benchmark])
    assert not overlaps(user("one two three four five six seven eight nine ten"), [benchmark]), ".git is no benchmark"


def test_eight_words_are_a_hint_and_thirteen_a_copy(tmp_path: Path) -> None:
    benchmarks = read([write(tmp_path / "b.txt", INTENT)])
    words = INTENT.split()
    assert overlaps(user(" ".join(words[: HINT - 1])), benchmarks) == []
    (hint,) = overlaps(user("Well, " + " ".join(words[2 : 2 + HINT]) + " today"), benchmarks)
    assert (hint.benchmark, hint.words) == ("b.txt", HINT)
    (copy,) = overlaps(user("Hi", " ".join(words[2 : 2 + HINT]), " ".join(words[1 : 1 + COPY])), benchmarks)
    assert copy == Overlap("b.txt", COPY, " ".join(words[1 : 1 + COPY]).lower()), "the longest run is what counts"


def test_case_and_punctuation_hide_nothing(tmp_path: Path) -> None:
    benchmarks = read([write(tmp_path / "b.txt", INTENT)])
    assert overlaps(user(INTENT.upper().replace(" ", ", ")), benchmarks)[0].words == COPY


def test_only_what_the_user_says_is_compared(tmp_path: Path) -> None:
    benchmarks = read([write(tmp_path / "b.txt", INTENT)])
    assert overlaps(user("Hello"), benchmarks) == [], "the policy is no intent"


@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.integers(0, 30), st.integers(COPY, 20))
def test_every_copy_is_found(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], start: int, length: int
) -> None:
    said = [f"w{place}" for place in range(60)]
    path = write(tmp_path_factory.mktemp("b") / "b.txt", " ".join(said))
    text = " ".join([*words, *said[start : start + length], *words])
    assert [item.words for item in overlaps(user(text), read([path]))] == [COPY]


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "tasks.json", json.dumps([INTENT]))
    names = [benchmark.name for benchmark in read([tmp_path / "x" / "tasks.json", tmp_path / "y" / "tasks.json"])]
    assert names == ["x/tasks.json", "y/tasks.json"], "a name must not hold the path of this machine"


def test_the_same_bytes_have_the_same_digest(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.txt", INTENT), write(tmp_path / "b.txt", INTENT)
    assert len({benchmark.digest for benchmark in read([one, other])}) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "\n\n"])
def test_a_file_with_nothing_to_compare_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="neither tool names nor"):
        read([write(tmp_path / "empty.json", text)])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nowhere"):
        read([tmp_path / "nowhere.json"])


def test_deep_nesting_is_no_crash(tmp_path: Path) -> None:
    deep = "[" * 20_000 + json.dumps(INTENT) + "]" * 20_000
    assert overlaps(user(INTENT), read([write(tmp_path / "deep.json", deep)]))
