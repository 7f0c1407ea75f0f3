"""Finding the domains of a run, and going through them in a way that can be stopped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentgym import processes
from agentgym.build.ledger import Ledger
from agentgym.errors import RunError, nearest
from agentgym.files import read_records, write_json, write_records, write_text
from agentgym.processes import each, finished, streamed
from agentgym.runs import Job, Outcome, domains_in, each_domain, reject, silent
from agentgym.types import Rejection


def make_run(root: Path, *names: str) -> Path:
    for name in names:
        write_json(root / "domains" / name / "domain.json", {"name": name})
    return root


def note(job: Job) -> Outcome:
    """Work that leaves a trace of being done."""
    trace = job.folder.parent.parent / "trace.txt"
    write_text(trace, (trace.read_text() if trace.is_file() else "") + job.folder.name + "\n")
    write_text(job.out, f"{job.folder.name} {job.count}\n")
    return Outcome(counts={"lines": 1})


def jobs(run: Path, count: int = 1) -> list[Job]:
    return [Job(folder=folder, out=run / f"{folder.name}.txt", count=count, seed=0) for folder in domains_in(run)]


def done(run: Path) -> list[str]:
    trace = run / "trace.txt"
    names = trace.read_text().split() if trace.is_file() else []
    trace.unlink(missing_ok=True)
    return names


def test_domains_are_found_in_a_run_a_folder_and_alone(tmp_path: Path) -> None:
    run = make_run(tmp_path, "b", "a")
    found = [run / "domains" / "a", run / "domains" / "b"]
    assert domains_in(run) == found
    assert domains_in(run / "domains") == found
    assert domains_in(run / "domains" / "b") == [run / "domains" / "b"]


def test_no_domains_is_an_error_that_helps(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="agentgym build"):
        domains_in(tmp_path)
    with pytest.raises(RunError, match=r"absent does not exist$"):
        domains_in(tmp_path / "absent" / "absent")


def test_the_nearest_name_is_suggested() -> None:
    assert nearest("retial", ["airline", "retail"]) == "; did you mean 'retail'?"
    assert nearest("xyz", ["airline", "retail"]) == ""


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a", "b")
    ledger = Ledger(run)
    first = each_domain(ledger, "note", note, jobs(run), 1, silent)
    assert done(run) == ["a", "b"]
    assert each_domain(ledger, "note", note, jobs(run), 1, silent) == first
    assert done(run) == [], "a finished stage was run again"


@pytest.mark.parametrize("change", ["output lost", "output damaged", "domain changed", "entry damaged"])
def test_what_changed_is_done_again_and_nothing_else(tmp_path: Path, change: str) -> None:
    run = make_run(tmp_path, "a", "b")
    each_domain(Ledger(run), "note", note, jobs(run), 1, silent)
    done(run)
    if change == "output lost":
        (run / "b.txt").unlink()
    elif change == "output damaged":
        (run / "b.txt").write_text("torn")
    elif change == "domain changed":
        write_text(run / "domains" / "b" / "tools.py", "# edited\n")
    else:
        next((run / ".build" / "note").glob("b.*")).write_text("{")
    each_domain(Ledger(run), "note", note, jobs(run), 1, silent)
    assert done(run) == ["b"], f"after {change}, exactly that domain must be done again"


def test_another_request_is_another_job(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a")
    each_domain(Ledger(run), "note", note, jobs(run, count=1), 1, silent)
    each_domain(Ledger(run), "note", note, jobs(run, count=2), 1, silent)
    assert done(run) == ["a", "a"]
    assert (run / "a.txt").read_text() == "a 2\n"


def test_a_stopped_stage_goes_on_where_it_was(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a", "b", "c")

    def stop_at_c(job: Job) -> Outcome:
        if job.folder.name == "c":
            raise KeyboardInterrupt
        return note(job)

    with pytest.raises(KeyboardInterrupt):
        each_domain(Ledger(run), "note", stop_at_c, jobs(run), 1, silent)
    assert done(run) == ["a", "b"]
    each_domain(Ledger(run), "note", note, jobs(run), 1, silent)
    assert done(run) == ["c"]


def test_progress_is_told_from_where_it_starts_to_the_end(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a", "b")
    told: list[tuple[str, int, int]] = []
    each_domain(Ledger(run), "note", note, jobs(run)[:1], 1, silent)
    each_domain(Ledger(run), "note", note, jobs(run), 1, lambda *step: told.append(step))
    assert told == [("note", 1, 2), ("note", 2, 2)]


def test_a_stage_replaces_only_what_it_dropped_itself(tmp_path: Path) -> None:
    gate = Rejection(stage="gate", subject="a", reason="too few tools passed")
    old, new = (Rejection(stage="tasks", subject=name, reason="an argument is inert") for name in ("old", "new"))
    write_records(tmp_path / "rejected.jsonl", [gate, old])
    reject(tmp_path, "tasks", [new])
    assert list(read_records(tmp_path / "rejected.jsonl", Rejection)) == [gate, new]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_keeps_the_order(workers: int) -> None:
    assert list(each(abs, [-3, -1, -2], workers)) == [3, 1, 2]


def test_a_workers_error_arrives() -> None:
    with pytest.raises(FileNotFoundError):
        list(each(shutil.disk_usage, ["/absent/a", "/absent/b"], 2))


def whoami(_: object) -> int:
    return os.getpid()


def leave(_: object) -> None:
    os._exit(9)


def test_a_worker_that_has_grown_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(set(each(whoami, range(8), 2))) <= 2
    monkeypatch.setattr(processes, "GROWN_MB", 1.0)  # any process has
    assert len(set(each(whoami, range(8), 2))) == 8


def test_a_worker_does_not_answer_for_the_memory_of_its_parent() -> None:
    ballast = bytearray(300 * 2**20)  # zeroed, so it is held
    ballast[:: 2**12] = bytes(len(ballast[:: 2**12]))
    assert processes.peak_mb() > 300 > max(item.peak_mb for item in finished(abs, [-1, -2], 2))


def test_items_are_done_in_the_order_asked_for() -> None:
    done = [item.place for item in finished(abs, [-1, -2, -3], 1, order=[2, 0, 1])]
    assert done == [2, 0, 1]
    places = {item.place: item.outcome for item in finished(abs, [-1, -2, -3], 2, order=[2, 0])}
    assert places == {2: 3, 0: 1}


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(RunError, match="a worker process died"):
        list(each(leave, [1, 2, 3], 2))


def countdown(number: int) -> Iterator[tuple[int, int]]:
    """Work that gives several things; 13 brings bad luck, 9 is killed."""
    for left in range(number, 0, -1):
        if number == 13 and left == 10:
            raise FileNotFoundError("bad luck")
        if number == 9 and left == 5:
            os._exit(9)
        yield number, left


@pytest.mark.parametrize("workers", [1, 2])
def test_everything_that_work_gives_comes_as_it_is_given(workers: int) -> None:
    given = list(streamed(countdown, [3, 0, 2, 5], workers))
    assert sorted(given) == sorted(pair for number in (3, 0, 2, 5) for pair in countdown(number))
    for number in (2, 3, 5):
        assert [left for item, left in given if item == number] == list(range(number, 0, -1))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_given_before_an_error_arrives(workers: int) -> None:
    given = []
    with pytest.raises(FileNotFoundError, match="bad luck"):
        for pair in streamed(countdown, [13, 0], workers):
            given.append(pair)  # noqa: PERF402 - what came before the error counts
    assert given == [(13, 13), (13, 12), (13, 11)]


def test_a_worker_that_dies_while_it_gives_is_told() -> None:
    with pytest.raises(RunError, match="a worker process died"):
        list(streamed(countdown, [9, 1], 2))


def test_who_has_heard_enough_ends_the_workers() -> None:
    giving = streamed(countdown, [200_000, 200_000], 2)
    assert next(giving)[0] == 200_000
    giving.close()  # type: ignore[attr-defined]  # hangs if a worker is waited for that waits to be heard
