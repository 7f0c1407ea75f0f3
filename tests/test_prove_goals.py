"""What the proof keeps out of goals, refusals and revisions, and who must not win a task."""

from __future__ import annotations

import pytest

from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.goals import changes_by
from agentgym.tasks.proof.prove import LAWS
from agentgym.tasks.proof.trial import Trial
from agentgym.types import Goal, Json, Revision, RowChange, ToolCall
from agentgym.world.world import World
from tests.proving import CANCEL, LOOK, MOVE, PENDING, SHIPPED, altered, facts_of, goal_of, reason_of, task_of

# -- goals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goals", "reason"),
    [
        ((), "the task has no goals"),
        ((goal_of(0, changes=(0,)), goal_of(1, changes=(1,))), ""),
        ((goal_of(0, changes=(0, 1)),), "the goals do not share out the calls"),
        ((goal_of(0, 1, changes=(0, 1)), goal_of(1)), "the goals do not share out the calls"),
        ((goal_of(0, changes=(0,)), goal_of(1)), "the goals do not cover the changes"),
        ((goal_of(0, changes=(1,)), goal_of(1, changes=(0,))), "a goal claims a change it does not make"),
        ((goal_of(0, 1, changes=(0, 1)), goal_of()), "a goal asks for nothing"),
        ((goal_of(0, 1, changes=(0, 1)), goal_of(2, changes=(2,))), "the goals do not share out the calls"),
    ],
)
def test_goals_share_out_gold(chart: Chart, world: World, goals: tuple[Goal, ...], reason: str) -> None:
    assert reason_of(chart, world, task_of(world, CANCEL, MOVE, goals=goals)) == reason


def test_a_goal_that_changes_nothing_wants_to_be_told_something(chart: Chart, world: World) -> None:
    product = ToolCall(name="get_product_details", arguments={"product_id": "P-02"})
    silent = (goal_of(0), goal_of(1, changes=(0,)))
    assert (
        reason_of(chart, world, task_of(world, product, CANCEL, goals=silent))
        == "nobody can tell whether a goal is met"
    )
    asking = (goal_of(0, outputs=(9.75,)), silent[1])
    assert reason_of(chart, world, task_of(world, product, CANCEL, goals=asking)) == ""


def test_the_changes_of_goals_are_found_by_leaving_them_out(chart: Chart, world: World) -> None:
    task = task_of(world, CANCEL, MOVE, goals=(goal_of(0), goal_of(1)))
    trial = Trial(chart, world, task)
    assert trial.replay() is None
    assert changes_by(trial) == ((0,), (1,))


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (9.75, ""),
        ("Notebook, lined", ""),
        (True, "an output is not a value that words can carry"),
        (None, "an output is not a value that words can carry"),
        (" ", "an output is not a value that words can carry"),
        (9.5, "an output is in no result"),
        ("P-02", "an output is said by the user"),
    ],
)
def test_outputs_can_be_told_and_only_be_learned(chart: Chart, world: World, output: Json, reason: str) -> None:
    product = ToolCall(name="get_product_details", arguments={"product_id": "P-02"})
    goals = (goal_of(0, outputs=(output,)), goal_of(1, changes=(0,)))
    assert reason_of(chart, world, task_of(world, product, CANCEL, goals=goals)) == reason


# -- refusals and revisions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (SHIPPED, ""),
        (CANCEL, "a call that is to be refused is done"),
        (altered(CANCEL, order_id="ORD-1003"), "a call that is to be refused is done"),
        (altered(CANCEL, order_id="ORD-9999"), "a refused call names no row"),
        (altered(SHIPPED, reason="bored"), "a refused call does not fit its schema"),
        (LOOK, "a refused call is of no tool that writes"),
        (ToolCall(name="launch_rocket"), "a refused call is of no tool that writes"),
    ],
)
def test_what_is_forbidden_is_refused_before_and_after(
    chart: Chart, world: World, refused: ToolCall, reason: str
) -> None:
    goals = (goal_of(0, 1, changes=(0, 1)), goal_of(refused=(refused,)))
    task = task_of(world, CANCEL, MOVE, goals=goals, facts=facts_of(CANCEL, MOVE, refused))
    assert reason_of(chart, world, task) == reason


def test_what_is_forbidden_must_be_asked_for(chart: Chart, world: World) -> None:
    task = task_of(world, CANCEL, MOVE, goals=(goal_of(0, 1, changes=(0, 1)), goal_of(refused=(SHIPPED,))))
    assert reason_of(chart, world, task) == "a refused call cannot be known", "nobody says which order it is about"


def _revision(kind: str, value: Json, *calls: ToolCall, **fields: Json) -> Revision:
    given = {"label": "detail 1", "text": "Sorry, I mean Porto Alegre.", **fields}
    return Revision.model_validate({"kind": kind, "value": value, "calls": calls, **given})


CHANGED = "Please send it to Oslo from now on."


@pytest.mark.parametrize(
    ("revision", "intent", "reason"),
    [
        (_revision("change", "Oslo", altered(MOVE, city="Oslo")), CHANGED, ""),
        (_revision("change", "Oslo", MOVE), CHANGED, "the first wish of a change is the last"),
        (_revision("change", "Oslo", SHIPPED), CHANGED, "the first wish of a change is refused"),
        (
            _revision("change", "Oslo", altered(CANCEL, order_id="ORD-1003")),
            CHANGED,
            "gold does not make good the first wish",
        ),
        (_revision("change", "Oslo"), CHANGED, "a revision misleads nobody"),
        (_revision("slip", "Oslo", altered(MOVE, city="Oslo")), CHANGED, "a wrong detail goes unnoticed"),
        (_revision("slip", "Oslo", altered(MOVE, user_id="nobody")), CHANGED, ""),
        (_revision("slip", "Oslo", SHIPPED), "Please send it elsewhere.", "the first value of a revision is not said"),
        (_revision("slip", "Oslo", SHIPPED), "From Oslo to Porto Alegre.", "the opening tells the right value already"),
        (
            _revision("slip", "Oslo", SHIPPED, text="Sorry, I mean Porto."),
            CHANGED,
            "a revision does not tell the right value",
        ),
        (_revision("slip", "Oslo", SHIPPED, label="town"), CHANGED, "a revision is of no fact"),
        (_revision("slip", "Porto Alegre", SHIPPED), CHANGED, "a revision puts nothing right"),
    ],
)
def test_who_acts_on_the_first_word_has_not_won(
    chart: Chart, world: World, revision: Revision, intent: str, reason: str
) -> None:
    assert reason_of(chart, world, task_of(world, MOVE, intent=intent, revisions=(revision,))) == reason


def test_a_user_thinks_again_once_and_not_of_what_they_only_ask(chart: Chart, world: World) -> None:
    revision = _revision("change", "Oslo", altered(MOVE, city="Oslo"))
    twice = task_of(world, MOVE, intent=CHANGED, revisions=(revision, revision))
    assert reason_of(chart, world, twice) == "the user thinks again more than once"
    other = _revision(
        "change", "ORD-1003", altered(LOOK, order_id="ORD-1003"), label="detail 0", text="I mean ORD-1001."
    )
    asked = task_of(world, LOOK, intent="What is in ORD-1003?", revisions=(other,))
    assert reason_of(chart, world, asked) == "a change of mind in a read-only task"


# -- who must not win -----------------------------------------------------------------------------


def test_brute_force_must_not_pay(chart: Chart, world: World) -> None:
    before, after = {"status": "pending"}, {"status": "shipped"}
    only = (RowChange(table="order", key="ORD-1003", before=before, after=after),)
    assert reason_of(chart, world, task_of(world, CANCEL, state=only)) == "a careless policy scores 1"


def test_who_reads_everything_must_not_hit_upon_it(chart: Chart, world: World) -> None:
    """That agent makes every bare call, and looks up the first rows there are, in whatever order."""
    bare = ToolCall(name="count_orders")
    first, third = LOOK, altered(LOOK, order_id="ORD-1003")
    for gold in ((bare, first), (first, bare), (first,)):
        assert reason_of(chart, world, task_of(world, *gold)) == "a careless policy scores 1"
    assert reason_of(chart, world, task_of(world, bare, third)) == ""


def test_every_law_says_what_it_demands() -> None:
    for law in LAWS:
        assert (law.__doc__ or "").strip().endswith("."), f"{law.__name__} does not say what it demands of a task"


def test_a_question_that_is_answered_already_is_no_question(chart: Chart, world: World) -> None:
    everything = ToolCall(name="list_orders", arguments={"user_id": "ana_silva_4411"})
    assert reason_of(chart, world, task_of(world, everything, PENDING)) == "a question is answered already"
    assert reason_of(chart, world, task_of(world, PENDING, everything)) == "", "a wider question is another one"
