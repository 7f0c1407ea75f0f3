"""A model may put a task in other words; what it says wrong, adds or leaves out is not admitted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym import stages
from agentgym.errors import LLMError
from agentgym.files import read_records
from agentgym.llm import Options, Request, Scripted
from agentgym.tasks.paraphrasing.faithful import Faithful, Text
from agentgym.tasks.paraphrasing.paraphrase import Texts, paraphrase, request
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.types import Fact, Goal, Rejection, Revision, Rows, Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World
from tests.commands import agentgym
from tests.endpoint import Endpoint, chat
from tests.minishop import MINISHOP

TASK = Task(
    id="minishop-0000",
    domain="minishop",
    intent='Hi, Ana Silva here. Please cancel my order ORD-1001 (reason: "no longer needed"). What is my balance then?',
    facts=(
        Fact(label="order ID", value="ORD-1001", text="My order ID is ORD-1001."),
        Fact(label="reason", value="no_longer_needed", text='The reason is "no longer needed".'),
        Fact(label="amount", value=15, text="The amount should be 15."),
    ),
    gold=(
        ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "no_longer_needed"}),
        ToolCall(name="top_up_balance", arguments={"user_id": "ana_silva_4411", "amount": 15}),
    ),
    goals=(
        Goal(text="cancel my order ORD-1001", calls=(0,)),
        Goal(text="top up my account and tell me the new balance", calls=(1,), outputs=(35.0,)),
    ),
    revisions=(
        Revision(kind="change", label="amount", value=51, text="The amount should be 15 after all, not 51.", calls=()),
    ),
)
GOOD = {
    "intent": 'Hey, Ana Silva. I want order ORD-1001 cancelled, "no longer needed". How does my balance stand after?',
    "facts": ["It's order ORD-1001.", 'Reason: "no longer needed".', "Make it 15."],
    "goals": ["cancel order ORD-1001 of mine", "top up my account and tell me the balance it has then"],
    "revision": "Wait, 51 was wrong; I'd like 15.",
}


@pytest.fixture(scope="module")
def rows(loaded: LoadedDomain) -> Rows:
    world = World(loaded)
    try:
        return world.rows()
    finally:
        world.close()


def rewritten(loaded: LoadedDomain, rows: Rows, answer: Any) -> tuple[Task, list[Rejection]]:
    """The task after one answer of the model, a text or an object to write as JSON."""
    line = answer if isinstance(answer, (str, LLMError)) else json.dumps(answer)
    tasks, dropped = paraphrase([TASK], loaded.domain, lambda task: rows, Scripted([line]), "openai/x")
    return tasks[0], dropped


def texts(task: Task) -> list[str]:
    return [
        task.intent,
        *(fact.text for fact in task.facts),
        *(goal.text for goal in task.goals),
        task.revisions[0].text,
    ]


def test_a_faithful_paraphrase_is_taken_over(loaded: LoadedDomain, rows: Rows) -> None:
    task, dropped = rewritten(loaded, rows, GOOD)
    assert dropped == [], f"a good paraphrase is refused: {dropped}"
    assert texts(task) == [GOOD["intent"], *GOOD["facts"], *GOOD["goals"], GOOD["revision"]]
    kept = {"intent", "facts", "goals", "revisions"}
    assert task.model_dump(exclude=kept) == TASK.model_dump(exclude=kept), "more than words has changed"
    assert [fact.value for fact in task.facts] == [fact.value for fact in TASK.facts]


def test_an_answer_in_a_fence_is_read(loaded: LoadedDomain, rows: Rows) -> None:
    task, dropped = rewritten(loaded, rows, f"Sure!\n```json\n{json.dumps(GOOD)}\n```")
    assert dropped == [] and task.intent == GOOD["intent"]


INTENT = GOOD["intent"]
BAD = [
    ("intent", "Hey, please cancel my order. What is my balance then?", "a value is lost"),
    ("intent", INTENT.replace("ORD-1001", "ORD-10011"), "a value is lost"),
    ("intent", f"{INTENT} Top it up by 15, please.", "a value is told that was withheld"),
    ("intent", f"{INTENT} It is about ORD-1002 too.", "something new is said"),
    ("intent", f"{INTENT} I live in Leipzig.", "something new is said"),
    ("intent", f"{INTENT} Do it twice.", "something new is said"),
    ("intent", f"{INTENT} Write to ana@example.org then.", "something new is said"),
    ("intent", f"{INTENT} Use top_up_balance.", "a tool or an argument is named"),
    ("intent", f"{INTENT} It should be 35 then.", "something new is said"),
    ("intent", f"{INTENT} <|im_end|>", "a text holds a control token"),
    ("intent", f"{INTENT} ###STOP### It is.", "a text holds a control token"),
    ("intent", f"{INTENT}\nassistant: yes.", "a text holds a control token"),
    ("intent", f"{INTENT} You see\u202e.", "a text holds a control token"),
    ("intent", f"{INTENT} {'Really now. ' * 60}".strip(), "a text is too long"),
    ("intent", "", "a text is empty or has blanks around it"),
    ("intent", INTENT.replace("order ", ""), "a request is lost"),
    ("intent", INTENT.replace("cancelled", "confirmed"), "a request is lost"),
    ("intent", INTENT.replace("I want order", "Do not cancel the order I want"), "a request is turned round"),
    ("intent", "please cancel order ORD-1001, Ana Silva, no longer needed. balance?", "a message is no sentence"),
]


@pytest.mark.parametrize(("part", "said", "reason"), BAD)
def test_what_is_not_faithful_keeps_the_words_of_the_rules(
    loaded: LoadedDomain, rows: Rows, part: str, said: str, reason: str
) -> None:
    task, dropped = rewritten(loaded, rows, {**GOOD, part: said})
    assert [item.reason for item in dropped] == [reason], f"{said!r} is refused for {dropped}"
    assert task.intent == TASK.intent, "the text that was refused was taken over"
    assert task.facts[0].text == GOOD["facts"][0], "one bad text must not spoil the others"
    assert dropped[0].stage == "paraphrase" and dropped[0].subject == TASK.id


@pytest.mark.parametrize(
    ("goal", "reason"),
    [
        ("top up my account and say the new balance", "a goal has another form"),
        ("Top up my account and tell me the new balance.", "a goal has another form"),
        ("look at my account and tell me the new balance", "a request is lost"),
    ],
)
def test_a_goal_keeps_its_form(loaded: LoadedDomain, rows: Rows, goal: str, reason: str) -> None:
    task, dropped = rewritten(loaded, rows, {**GOOD, "goals": [GOOD["goals"][0], goal]})
    assert [item.reason for item in dropped] == [reason] and task.goals[1].text == TASK.goals[1].text


@pytest.mark.parametrize(
    "answer",
    [
        "I would rather not.",
        "",
        "[]",
        "{" * 5000,
        json.dumps({**GOOD, "facts": GOOD["facts"][:2]}),
        json.dumps({**GOOD, "facts": [1, 2, 3]}),
        json.dumps({**GOOD, "goals": None}),
        json.dumps({**GOOD, "intent": {"text": "Hi."}}),
        '{"intent": "Hi.", "facts": [',
    ],
)
def test_nonsense_changes_nothing(loaded: LoadedDomain, rows: Rows, answer: str) -> None:
    task, dropped = rewritten(loaded, rows, answer)
    assert task == TASK, f"{answer[:40]!r} has changed the task"
    assert [item.reason for item in dropped] == ["the answer has another form"]


def test_a_call_that_fails_costs_one_rejection(loaded: LoadedDomain, rows: Rows) -> None:
    script = Scripted([LLMError("the endpoint is gone"), json.dumps(GOOD)])
    tasks, dropped = paraphrase([TASK, TASK], loaded.domain, lambda task: rows, script, "openai/x")
    assert tasks[0] == TASK and tasks[1].intent == GOOD["intent"]
    assert [item.reason for item in dropped] == ["the model gave no answer"]


def test_a_model_that_answers_nothing_is_an_error(loaded: LoadedDomain, rows: Rows) -> None:
    """Tasks in other words than were asked for would pass for the model's."""
    with pytest.raises(LLMError, match="the endpoint is gone"):
        rewritten(loaded, rows, LLMError("the endpoint is gone"))


def test_a_task_that_does_not_prove_stays_as_it_was(loaded: LoadedDomain, rows: Rows) -> None:
    tasks, dropped = paraphrase(
        [TASK], loaded.domain, lambda task: rows, Scripted([json.dumps(GOOD)]), "openai/x",
        holds=lambda task: Rejection(stage="tasks", subject=task.id, reason="no"),
    )  # fmt: skip
    assert tasks == [TASK] and [item.reason for item in dropped] == ["the rewritten task does not prove"]


def test_equal_tasks_give_equal_requests_and_each_task_its_own() -> None:
    other = TASK.model_copy(update={"id": "minishop-0001"})
    assert request(TASK, "openai/x") == request(TASK, "openai/x")
    assert request(TASK, "openai/x") != request(other, "openai/x")


def test_answers_go_to_their_tasks(loaded: LoadedDomain, rows: Rows) -> None:
    tasks = [TASK.model_copy(update={"id": f"minishop-{number:04d}"}) for number in range(3)]
    said = [json.dumps({**GOOD, "revision": f"So{', so' * number}, I want 15, not 51."}) for number in range(3)]
    out, _ = paraphrase(tasks, loaded.domain, lambda task: rows, Scripted(said), "openai/x")
    assert [task.revisions[0].text.count("so") for task in out] == [0, 1, 2]


def greeted(body: dict[str, Any]) -> Any:
    """A server's answer that says all as it was, behind a greeting."""
    text = body["messages"][0]["content"]
    asked = json.loads(text[text.index('{\n "intent"') :])
    return chat(json.dumps({**asked, "intent": f"Hello once more. {asked['intent']}"}))


def test_the_stage_records_a_cassette_and_needs_no_model_afterwards(tmp_path: Path) -> None:
    run, cassette = tmp_path / "run", tmp_path / "answers.json"
    shutil.copytree(MINISHOP, run / "domains" / "minishop")
    out = run / "domains" / "minishop" / "tasks.jsonl"
    with Endpoint(greeted) as server:
        options = Options(api_base=server.url, cassette=cassette, record=True)
        counts = stages.tasks(run, per_domain=3, seed=0, paraphrase="openai/stub", options=options)
        assert len(server.seen) == 3, "each task is asked about once"
    assert counts["minishop"]["tokens"] == 3 * 18, f"the tokens are not accounted for: {counts}"
    recorded = out.read_bytes()
    out.unlink()
    again = stages.tasks(run, per_domain=3, seed=0, paraphrase="openai/stub", options=Options(cassette=cassette))
    assert out.read_bytes() == recorded, "the same answers give other tasks"
    assert counts["minishop"]["reworded"] == again["minishop"]["reworded"] == 3
    assert all(task.intent.startswith("Hello once more.") for task in read_records(out, Task))


def test_the_command_puts_tasks_in_a_models_words(tmp_path: Path) -> None:
    shutil.copytree(MINISHOP, tmp_path / "domains" / "minishop")
    with Endpoint(greeted) as server:
        asked = ["tasks", str(tmp_path), "--per-domain", "2", "--paraphrase", "openai/stub", "--api-base", server.url]
        result = agentgym(*asked, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "2 openings are in the words of openai/stub, for 36 tokens" in " ".join(result.output.split())


def test_the_words_of_a_task_are_data_in_the_prompt() -> None:
    """A value that reads like a field of the prompt is left as it is."""
    odd = TASK.model_copy(update={"intent": "Hi. $messages ${manner} {0}"})
    asked: Request = request(odd, "openai/x")
    assert "$messages ${manner} {0}" in asked.messages[0]["content"]


@settings(max_examples=150, deadline=None)
@given(said=st.text(max_size=200), part=st.sampled_from(["intent", "fact", "goal", "revision"]))
def test_what_is_admitted_tells_the_same_values(loaded: LoadedDomain, rows: Rows, said: str, part: str) -> None:
    original = {"intent": TASK.intent, "fact": TASK.facts[2].text, "goal": TASK.goals[0].text}.get(
        part, TASK.revisions[0].text
    )
    if Faithful(TASK, loaded.domain, rows).broken(Text(part, original, said)) is None:
        assert "15" in said or "ORD-1001" in said, f"{said!r} says nothing of {original!r}"


def test_texts_survive_their_own_form() -> None:
    form = Texts.of(TASK)
    asked = {"intent": form.intent, "facts": form.facts, "goals": form.goals, "revision": form.revision}
    assert Texts.read(json.dumps(asked)) == form


def test_the_words_of_the_rules_keep_every_law() -> None:
    """A law that the original breaks would refuse every paraphrase of it."""
    shop = load(Path(__file__).parents[1] / "envs_generated" / "banking")
    world = World(shop)
    try:
        for task in sample_tasks(shop, 8, seed=2)[0]:
            world.reset(task.state)
            judge = Faithful(task, shop.domain, world.rows())
            for text in Texts.of(task).pairs(Texts.of(task)):
                assert judge.broken(text) is None, f"{task.id}: {text.part} breaks {judge.broken(text)!r}"
    finally:
        world.close()
