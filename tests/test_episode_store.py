"""What is kept of a rollout survives: torn tails, damaged lines, twins, a full disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym import appending
from agentgym.appending import Appender, read_lines
from agentgym.files import digest, record_line
from agentgym.play.agents.gold import GoldAgent
from agentgym.play.rollouts.rollout import rollouts
from agentgym.play.rollouts.store import OPEN, EpisodeStore, encode
from agentgym.types import Message, RowChange, ToolCall, Trajectory
from tests.minishop import MINISHOP

LINES = [b'{"a":1}', '{"b":"ü\\n"}'.encode(), b"[]", b'"' + b"x" * 150_000 + b'"', b'{"c":{"d":[1,2]}}']
WHOLE = b"".join(line + b"\n" for line in LINES)


def append(path: Path, *lines: bytes) -> bytes:
    file = Appender(path)
    for line in lines:
        file.append(line)
    file.close()
    return path.read_bytes()


def test_lines_are_added_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lines.jsonl"
    assert append(path, *LINES[:2]) + append(path)[:0] == b"".join(line + b"\n" for line in LINES[:2])
    assert append(path, *LINES[2:]) == WHOLE
    assert [line for line, _ in read_lines(path)] == LINES


def test_whatever_byte_a_kill_left_behind_only_the_torn_line_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    ends = [number + 1 for number, byte in enumerate(WHOLE) if byte == ord("\n")]
    for cut in [*range(40), *range(ends[2] - 2, ends[2] + 3), 70_000, 140_000, *range(ends[3] - 2, len(WHOLE) + 1)]:
        path.write_bytes(WHOLE[:cut])
        kept = max((end for end in ends if end <= cut), default=0)
        assert append(path) == WHOLE[:kept], f"a file cut at byte {cut} was repaired wrongly"
        assert append(path, b"1") == WHOLE[:kept] + b"1\n"


@pytest.mark.parametrize("torn", [b"{", b'{"a":1', b"\x00\x00\x00", b'\n\n{"a"\n', b"\xff\xfe\n", b"{}x\n"])
def test_a_tail_that_is_no_json_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(WHOLE + torn)
    assert append(path) == WHOLE


def test_a_damaged_line_before_the_end_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":\x00\n{"c":3}\n')
    assert [value for _, value in read_lines(path)] == [{"a": 1}, {"c": 3}]
    assert append(path).count(b"\n") == 3, "only the end of a file is repaired"


def test_what_is_old_is_forced_onto_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[int] = []
    now = [0.0]
    monkeypatch.setattr(appending, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "fsync", forced.append)
    file = Appender(tmp_path / "lines.jsonl")
    for now[0] in (0.1, 0.5, 1.2, 1.3, 2.3):
        file.append(b"1")
    assert len(forced) == 2, "once a second is enough, and needed"
    file.close()
    file.close()
    assert len(forced) == 3


def test_a_short_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = os.write
    monkeypatch.setattr(os, "write", lambda file, data: genuine(file, bytes(data)[:3]))
    assert append(tmp_path / "lines.jsonl", *LINES[:3]) == b"".join(line + b"\n" for line in LINES[:3])


# -- episodes -------------------------------------------------------------------------------------

PLAYED = tuple(rollouts([MINISHOP], [GoldAgent]))
KEY, OTHER = digest("one"), digest("other")


def ended(stop: str, note: str = "") -> bytes:
    return encode(PLAYED[0].model_copy(update={"stop": stop, "agent": note}))


def keep(folder: Path, *episodes: tuple[str, bytes]) -> EpisodeStore:
    kept = EpisodeStore(folder)
    for key, text in episodes:
        kept.add("shop", key, text)
    kept.close()
    return kept


def test_episodes_come_back_as_they_went(tmp_path: Path) -> None:
    kept = keep(tmp_path, (KEY, encode(PLAYED[0])), (OTHER, encode(PLAYED[1])))
    found = kept.episodes("shop")
    assert {key: Trajectory.model_validate_json(line) for key, (line, _) in found.items()} == {
        KEY: PLAYED[0], OTHER: PLAYED[1],
    }  # fmt: skip
    assert kept.stops("shop") == {KEY: "user_done", OTHER: "user_done"}
    assert kept.stops("elsewhere") == {}


@pytest.mark.parametrize(
    ("stops", "stands"),
    [
        (["user_done", "user_gave_up"], 1),
        (["agent_error", "user_done"], 1),
        (["user_done", "user_error"], 0),
        (["agent_error", "user_error", "agent_error"], 2),
        (["user_gave_up", "agent_error", "max_steps", "user_error"], 2),
    ],
)
def test_of_twins_the_last_stands_and_no_error_before_another_ending(
    tmp_path: Path, stops: list[str], stands: int
) -> None:
    kept = keep(tmp_path, *((KEY, ended(stop, str(number))) for number, stop in enumerate(stops)))
    line, value = kept.episodes("shop")[KEY]
    assert (value["agent"], value["stop"]) == (str(stands), stops[stands])
    assert json.loads(line) == value


@pytest.mark.parametrize(
    "stray",
    [
        b"[]", b"{}", b'{"key":1,"trajectory":{}}', b'{"key":"short","trajectory":{"stop":"user_done"}}',
        b'{"trajectory":{"stop":"user_done"},"key":"' + KEY.encode() + b'"}',
        b'{"key": "' + KEY.encode() + b'", "trajectory": {"stop":"user_done"}}',
        b'{"key":"' + KEY.encode() + b'","trajectory":{"stop":7}}',
    ],
)  # fmt: skip
def test_lines_of_another_make_are_passed_over(tmp_path: Path, stray: bytes) -> None:
    append(tmp_path / "shop.jsonl", stray)
    assert keep(tmp_path, (OTHER, encode(PLAYED[1]))).stops("shop") == {OTHER: "user_done"}


def test_what_nobody_wants_is_dropped_once_it_is_the_larger_part(tmp_path: Path) -> None:
    kept = keep(tmp_path, *((digest(number), ended("user_done", str(number))) for number in range(10)))
    kept.sweep("shop", lambda key, made: int(made["agent"]) < 5)
    assert len(kept.stops("shop")) == 10, "half of a file is not worth writing it anew"
    kept.sweep("shop", lambda key, made: int(made["agent"]) < 6)
    assert list(kept.stops("shop")) == [digest(number) for number in range(6, 10)]
    kept.sweep("elsewhere", lambda key, made: True)
    assert not (tmp_path / "elsewhere.jsonl").exists()


def test_many_domains_need_few_files_at_once(tmp_path: Path) -> None:
    kept = EpisodeStore(tmp_path)
    for turn in range(2):
        for number in range(OPEN + 20):
            kept.add(f"d{number}", digest(turn), encode(PLAYED[0]))
    assert len(kept._files) == OPEN
    kept.close()
    assert all(len(kept.stops(f"d{number}")) == 2 for number in range(OPEN + 20))


text = st.text(max_size=8)
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
rows = st.dictionaries(text, value, max_size=2)
messages = st.builds(
    Message,
    role=st.sampled_from(["user", "assistant", "tool"]), content=text, reasoning=text, name=text, error=st.booleans(),
    tool_calls=st.lists(st.builds(ToolCall, name=text, arguments=rows), max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(messages, max_size=3), st.none() | rows, st.integers() | text)
def test_a_line_says_what_the_record_says(
    spoken: list[Message], after: dict[str, object] | None, key: int | str
) -> None:
    change = RowChange(table="t", key=key, before=None, after=after)
    made = PLAYED[0].model_copy(update={"messages": tuple(spoken), "diff": (change,), "cost": {"cost": 0.25}})
    assert json.loads(encode(made)) == json.loads(record_line(made))
    assert Trajectory.model_validate_json(encode(made)) == made


def test_a_line_has_the_bytes_of_the_records_own() -> None:
    for made in PLAYED:
        assert encode(made).decode() == record_line(made), "fields must stand in their own order"
    with pytest.raises(TypeError):
        orjson.dumps(PLAYED[0])
