"""What the proof keeps out: a task that breaks a law is rejected for that reason."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym import audit
from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.goals import changes_by
from agentgym.tasks.proof.kills import Kills
from agentgym.tasks.proof.prove import LAWS, examine, prove
from agentgym.tasks.proof.trial import Trial
from agentgym.tasks.sampling.sample import sample_tasks
from agentgym.tasks.wording.describe import holds
from agentgym.types import Claim, Difficulty, Fact, Goal, Json, Revision, RowChange, Task, ToolCall
from agentgym.world.load import LoadedDomain, load
from agentgym.world.world import World

MINISHOP = Path(__file__).parent / "fixtures" / "minishop"


@cache
def _minishop() -> LoadedDomain:
    return load(MINISHOP)


@pytest.fixture(scope="module")
def loaded() -> LoadedDomain:
    return _minishop()


@cache
def _sampled() -> list[Task]:
    return sample_tasks(_minishop(), 14, seed=0)[0]


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return _sampled()


@pytest.fixture(scope="module")
def chart(loaded: LoadedDomain) -> Chart:
    return Chart(loaded.domain)


@pytest.fixture
def world(loaded: LoadedDomain) -> Iterator[World]:
    world = World(loaded)
    yield world
    world.close()


CANCEL = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "ordered by mistake"})
MOVE = ToolCall(name="update_user_address", arguments={"user_id": "ana_silva_4411", "city": "Porto Alegre"})
SHIPPED = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1004", "reason": "ordered by mistake"})
LOOK = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1001"})
PENDING = ToolCall(name="list_orders", arguments={"status": "pending", "user_id": "ana_silva_4411"})


def _with(call: ToolCall, **arguments: Json) -> ToolCall:
    return call.model_copy(update={"arguments": {**call.arguments, **arguments}})


def _facts(*calls: ToolCall) -> tuple[Fact, ...]:
    """A fact for every argument, apart from rows of a list."""
    values = [value for call in calls for value in call.arguments.values() if not isinstance(value, list)]
    return tuple(
        Fact(label=f"detail {number}", value=value, text=f"It is {value}.") for number, value in enumerate(values)
    )


def _task(world: World, *gold: ToolCall, state: tuple[RowChange, ...] = (), **fields: Json) -> Task:
    """A task around ``gold`` in which every argument is said, with one goal for all the difference that gold makes."""
    world.reset(state)
    for call in gold:
        world.call(call.name, call.arguments)
    diff = world.diff()
    goal = Goal(text="help me", calls=tuple(range(len(gold))), changes=tuple(range(len(diff))))
    given = {"intent": "Hello, I need some help.", "facts": _facts(*gold), "diff": diff, "goals": (goal,), **fields}
    return Task(id="minishop-x", domain="minishop", gold=gold, state=state, **given)


def _reason(chart: Chart, world: World, task: Task) -> str:
    rejection = prove(chart, world, task)
    return rejection.reason if rejection else ""


def _goal(*calls: int, changes: tuple[int, ...] = (), **fields: Json) -> Goal:
    return Goal(text="help me", calls=calls, changes=changes, **fields)


# -- sound tasks ----------------------------------------------------------------------------------


def test_a_sound_task_passes(chart: Chart, world: World) -> None:
    assert prove(chart, world, _task(world, CANCEL)) is None


def test_sampled_tasks_pass_again(chart: Chart, world: World, tasks: list[Task]) -> None:
    for task in tasks:
        assert prove(chart, world, task) is None, f"{task.id} was admitted but does not hold"


def test_what_sampled_tasks_kill_is_counted(chart: Chart, world: World, tasks: list[Task]) -> None:
    total = Kills()
    for task in tasks:
        total = total.plus(examine(chart, world, task))
    assert total.tasks == len(tasks)
    assert total.steps == sum(len(task.gold) for task in tasks) == total.steps_killed
    assert total.arguments == total.arguments_killed > len(tasks), (
        "every task has arguments, each tried in several ways"
    )
    assert set(total.policies) == {"null", "read everything", "random calls", "error spam", "every key"}
    assert not any(total.policies.values()), f"careless policies won: {total.policies}"


def test_the_count_tells_what_the_laws_reject(chart: Chart, world: World) -> None:
    twice = examine(chart, world, _task(world, _with(MOVE, city="Oslo"), MOVE))
    assert (twice.steps, twice.steps_killed) == (2, 1), "the first of two moves is not needed"
    assert twice.arguments_killed < twice.arguments, "its city is nowhere in the end"


def test_a_check_publishes_what_was_killed() -> None:
    (proof,) = audit.prove([MINISHOP])
    tasks = _minishop().tasks()
    assert proof.kills.tasks == len(tasks)
    assert proof.kills.steps == proof.kills.steps_killed == sum(len(task.gold) for task in tasks)
    assert f"{proof.kills.steps + proof.kills.arguments}" in proof.kills.shown()


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_another_tasks_gold_is_never_taken(rng: random.Random) -> None:
    writes = [task for task in _sampled() if task.writes]
    task = rng.choice(writes)
    other = rng.choice([item for item in writes if item.diff != task.diff])
    loaded = _minishop()
    with closing(World(loaded)) as world:
        assert _reason(Chart(loaded.domain), world, task.model_copy(update={"gold": other.gold})), f"{task.id} took it"


# -- what is said ---------------------------------------------------------------------------------


def test_wording_must_not_name_tools_or_arguments(chart: Chart, world: World) -> None:
    for intent in ("Please run cancel_pending_order.", "My order_id is below."):
        reason = _reason(chart, world, _task(world, CANCEL, intent=intent))
        assert reason == "the wording names a tool or an argument", f"{intent!r} gave {reason!r}"


def test_facts_must_tell_their_values(chart: Chart, world: World) -> None:
    facts = (Fact(label="order id", value="ORD-1001", text="It is order ORD-10010."),)
    assert _reason(chart, world, _task(world, CANCEL, facts=facts)) == "a fact does not tell its value"


# -- what gold does -------------------------------------------------------------------------------


def test_gold_must_not_err(chart: Chart, world: World) -> None:
    assert _reason(chart, world, _task(world, MOVE, SHIPPED)) == "a gold call errs"


def test_a_task_of_another_domain_is_refused_with_a_reason(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    stray = RowChange(table="planet", key=1, before=None, after={"id": 1})
    assert _reason(chart, world, task.model_copy(update={"state": (stray,)})) == "the state does not fit the domain"
    unknown = ToolCall(name="launch_rocket", arguments={})
    assert _reason(chart, world, task.model_copy(update={"gold": (unknown,)})) == "a gold call errs"


def test_gold_must_lead_to_the_stored_difference(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    elsewhere = task.diff[0].model_copy(update={"key": "ORD-1003"})
    assert _reason(chart, world, task.model_copy(update={"diff": (elsewhere,)})) == "gold replays to another outcome"


def test_writes_that_cancel_out_are_no_task(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    there, back = _with(MOVE, city="Oslo"), _with(MOVE, city=city)
    assert _reason(chart, world, _task(world, there, back)) == "the writes cancel out"


def test_there_must_be_something_to_do(chart: Chart, world: World) -> None:
    assert _reason(chart, world, _task(world)) == "there is nothing to do"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({}, "a guess wins"), ({"status": "pending"}, "a guess wins"), ({"user_id": "ana_silva_4411"}, "")],
)
def test_a_guess_must_not_win(chart: Chart, world: World, arguments: dict[str, Json], reason: str) -> None:
    task = _task(world, ToolCall(name="list_orders", arguments=arguments))
    assert _reason(chart, world, task) == reason


def test_every_write_must_be_needed(chart: Chart, world: World) -> None:
    oslo, bergen = _with(MOVE, city="Oslo"), _with(MOVE, city="Bergen")
    assert _reason(chart, world, _task(world, oslo, bergen)) == "a gold call is not needed"


def test_every_read_of_a_writing_task_must_teach_something(chart: Chart, world: World) -> None:
    task = _task(world, LOOK, CANCEL)
    assert _reason(chart, world, task) == "a gold read teaches nothing", "the order's key is said"
    task = _task(world, PENDING, CANCEL, facts=_facts(PENDING)[:2] + _facts(CANCEL)[1:])
    assert _reason(chart, world, task) == "", "the list is how the order's key is known"
    both = _task(world, PENDING, _with(PENDING, limit=5), CANCEL, facts=_facts(PENDING)[:2] + _facts(CANCEL)[1:])
    both = both.model_copy(update={"facts": (*both.facts, Fact(label="limit", value=5, text="5 are enough."))})
    assert _reason(chart, world, both) == "a gold read teaches nothing", "one list would have done"
    told = _goal(0, 1, changes=(0,), outputs=(58.5,))
    assert _reason(chart, world, _task(world, LOOK, CANCEL, goals=(told,))) == "a gold read teaches nothing", (
        "the cancelled order shows its total too"
    )
    told = _goal(0, 1, changes=(0,), outputs=(9.75,))
    product = ToolCall(name="get_product_details", arguments={"product_id": "P-02"})
    assert _reason(chart, world, _task(world, product, CANCEL, goals=(told,))) == "", "nothing else tells the price"


def test_every_argument_must_matter(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    city = next(row["city"] for row in loaded.seed["user"] if row["user_id"] == "ana_silva_4411")
    rejection = prove(chart, world, _task(world, _with(MOVE, address="Elm Court 4", city=city)))
    assert rejection is not None and rejection.reason == "an argument is inert"
    assert rejection.detail == "update_user_address city", "the rejection must name the argument"


def test_two_updates_that_one_call_makes_are_too_many(chart: Chart, world: World) -> None:
    street = ToolCall(name=MOVE.name, arguments={"user_id": "ana_silva_4411", "address": "Elm Court 4"})
    rejection = prove(chart, world, _task(world, street, MOVE))
    assert rejection is not None and rejection.reason == "there is a shorter way", rejection
    jonas = _with(MOVE, user_id="jonas_weber_9020")
    assert _reason(chart, world, _task(world, street, jonas)) == "", "two rows need two updates"


def test_writes_that_undo_each_other_are_too_many(tmp_path: Path) -> None:
    """Neither can be left out alone, both can: with amounts below zero allowed, a top-up can be taken back."""
    folder = copytree(MINISHOP, tmp_path / "minishop")
    text = (folder / "domain.json").read_text("utf-8")
    (folder / "domain.json").write_text(re.sub(r'"exclusiveMinimum": 0', '"exclusiveMinimum": -100', text), "utf-8")
    loaded = load(folder)
    up = ToolCall(name="top_up_balance", arguments={"user_id": "mei_tanaka_1177", "amount": 5.0})
    with closing(World(loaded)) as world:
        reason = _reason(Chart(loaded.domain), world, _task(world, CANCEL, up, _with(up, amount=-5.0)))
    assert reason == "there is a shorter way"


# -- what can be known ----------------------------------------------------------------------------


def test_every_argument_must_be_knowable(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL)
    assert _reason(chart, world, task.model_copy(update={"facts": task.facts[1:]})) == "an argument cannot be known"
    told = task.model_copy(update={"facts": task.facts[1:], "intent": "It is about ORD-1001."})
    assert _reason(chart, world, told) == "", "a value in the opening message is known"


def test_a_number_is_learned_only_where_it_is_what_it_is(chart: Chart, world: World) -> None:
    """The first line of an order has the key 1, and the quantity 1 of another line does not tell it."""
    look = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1003"})
    drop = ToolCall(name="delete_order_item", arguments={"item_id": 1})
    task = _task(world, look, drop, facts=_facts(look))
    assert _reason(chart, world, task) == "an argument cannot be known"
    look = _with(look, order_id="ORD-1001")
    assert _reason(chart, world, _task(world, look, drop, facts=_facts(look))) == ""


def test_a_described_row_is_learned_from_rows_of_its_table(chart: Chart, world: World) -> None:
    """Who means "the user who lives in Porto" does not learn who that is from an order."""
    order = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1001"})
    lives = Claim(table="user", key="ana_silva_4411", conditions=(("city", "Porto"),))
    facts = (*_facts(order), Fact(label="city", value="Porto", text="I live in Porto."), *_facts(MOVE)[1:])
    task = _task(world, order, MOVE, facts=facts)
    assert _reason(chart, world, task) == ""
    assert _reason(chart, world, task.model_copy(update={"claims": (lives,)})) == "an argument cannot be known"
    owns = Claim(
        table="user", key="ana_silva_4411", conditions=(("order_id", "ORD-1001"),), of="order", column="user_id"
    )
    assert _reason(chart, world, task.model_copy(update={"claims": (owns,)})) == ""


def test_a_description_must_fit_one_row(chart: Chart, world: World, loaded: LoadedDomain) -> None:
    loose = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"),))
    tight = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"), ("user_id", "ana_silva_4411")))
    reason = _reason(chart, world, _task(world, CANCEL, claims=(loose,)))
    assert reason == "the description fits several rows, or none"
    assert holds(tight, chart, loaded.seed) and not holds(loose, chart, loaded.seed)


def test_a_description_must_not_fit_another_row_later(chart: Chart, world: World) -> None:
    lives = Claim(table="user", key="jonas_weber_9020", conditions=(("city", "Leipzig"),))
    joins = _with(MOVE, city="Leipzig")
    task = _task(world, joins)
    assert _reason(chart, world, task) == ""
    reason = _reason(chart, world, task.model_copy(update={"claims": (lives,)}))
    assert reason == "the description fits several rows, or none", "gold makes a second row fit the description"


def test_a_description_must_be_told(chart: Chart, world: World) -> None:
    secret = Claim(table="user", key="mei_tanaka_1177", conditions=(("balance", 105.4),))
    assert _reason(chart, world, _task(world, CANCEL, claims=(secret,))) == "a description is not told"


def test_the_difficulty_must_be_right(chart: Chart, world: World) -> None:
    tight = Claim(table="order", key="ORD-1001", conditions=(("status", "pending"), ("user_id", "ana_silva_4411")))
    task = _task(world, PENDING, CANCEL, facts=_facts(PENDING)[:2] + _facts(CANCEL)[1:], claims=(tight,))
    right = Difficulty(calls=2, tools=len(chart.domain.tools), reads=1, ambiguity=4)
    assert _reason(chart, world, task.model_copy(update={"difficulty": right})) == ""
    wrong = right.model_copy(update={"ambiguity": 1})
    assert _reason(chart, world, task.model_copy(update={"difficulty": wrong})) == "the difficulty is another"


# -- goals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goals", "reason"),
    [
        ((), "the task has no goals"),
        ((_goal(0, changes=(0,)), _goal(1, changes=(1,))), ""),
        ((_goal(0, changes=(0, 1)),), "the goals do not share out the calls"),
        ((_goal(0, 1, changes=(0, 1)), _goal(1)), "the goals do not share out the calls"),
        ((_goal(0, changes=(0,)), _goal(1)), "the goals do not cover the changes"),
        ((_goal(0, changes=(1,)), _goal(1, changes=(0,))), "a goal claims a change it does not make"),
        ((_goal(0, 1, changes=(0, 1)), _goal()), "a goal asks for nothing"),
        ((_goal(0, 1, changes=(0, 1)), _goal(2, changes=(2,))), "the goals do not share out the calls"),
    ],
)
def test_goals_share_out_gold(chart: Chart, world: World, goals: tuple[Goal, ...], reason: str) -> None:
    assert _reason(chart, world, _task(world, CANCEL, MOVE, goals=goals)) == reason


def test_a_goal_that_changes_nothing_wants_to_be_told_something(chart: Chart, world: World) -> None:
    product = ToolCall(name="get_product_details", arguments={"product_id": "P-02"})
    silent = (_goal(0), _goal(1, changes=(0,)))
    assert _reason(chart, world, _task(world, product, CANCEL, goals=silent)) == "nobody can tell whether a goal is met"
    asking = (_goal(0, outputs=(9.75,)), silent[1])
    assert _reason(chart, world, _task(world, product, CANCEL, goals=asking)) == ""


def test_the_changes_of_goals_are_found_by_leaving_them_out(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL, MOVE, goals=(_goal(0), _goal(1)))
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
    goals = (_goal(0, outputs=(output,)), _goal(1, changes=(0,)))
    assert _reason(chart, world, _task(world, product, CANCEL, goals=goals)) == reason


# -- refusals and revisions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (SHIPPED, ""),
        (CANCEL, "a call that is to be refused is done"),
        (_with(CANCEL, order_id="ORD-1003"), "a call that is to be refused is done"),
        (_with(CANCEL, order_id="ORD-9999"), "a refused call names no row"),
        (_with(SHIPPED, reason="bored"), "a refused call does not fit its schema"),
        (LOOK, "a refused call is of no tool that writes"),
        (ToolCall(name="launch_rocket"), "a refused call is of no tool that writes"),
    ],
)
def test_what_is_forbidden_is_refused_before_and_after(
    chart: Chart, world: World, refused: ToolCall, reason: str
) -> None:
    goals = (_goal(0, 1, changes=(0, 1)), _goal(refused=(refused,)))
    task = _task(world, CANCEL, MOVE, goals=goals, facts=_facts(CANCEL, MOVE, refused))
    assert _reason(chart, world, task) == reason


def test_what_is_forbidden_must_be_asked_for(chart: Chart, world: World) -> None:
    task = _task(world, CANCEL, MOVE, goals=(_goal(0, 1, changes=(0, 1)), _goal(refused=(SHIPPED,))))
    assert _reason(chart, world, task) == "a refused call cannot be known", "nobody says which order it is about"


def _revision(kind: str, value: Json, *calls: ToolCall, **fields: Json) -> Revision:
    given = {"label": "detail 1", "text": "Sorry, I mean Porto Alegre.", **fields}
    return Revision.model_validate({"kind": kind, "value": value, "calls": calls, **given})


CHANGED = "Please send it to Oslo from now on."


@pytest.mark.parametrize(
    ("revision", "intent", "reason"),
    [
        (_revision("change", "Oslo", _with(MOVE, city="Oslo")), CHANGED, ""),
        (_revision("change", "Oslo", MOVE), CHANGED, "the first wish of a change is the last"),
        (_revision("change", "Oslo", SHIPPED), CHANGED, "the first wish of a change is refused"),
        (
            _revision("change", "Oslo", _with(CANCEL, order_id="ORD-1003")),
            CHANGED,
            "gold does not make good the first wish",
        ),
        (_revision("change", "Oslo"), CHANGED, "a revision misleads nobody"),
        (_revision("slip", "Oslo", _with(MOVE, city="Oslo")), CHANGED, "a wrong detail goes unnoticed"),
        (_revision("slip", "Oslo", _with(MOVE, user_id="nobody")), CHANGED, ""),
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
    assert _reason(chart, world, _task(world, MOVE, intent=intent, revisions=(revision,))) == reason


def test_a_user_thinks_again_once_and_not_of_what_they_only_ask(chart: Chart, world: World) -> None:
    revision = _revision("change", "Oslo", _with(MOVE, city="Oslo"))
    twice = _task(world, MOVE, intent=CHANGED, revisions=(revision, revision))
    assert _reason(chart, world, twice) == "the user thinks again more than once"
    other = _revision("change", "ORD-1003", _with(LOOK, order_id="ORD-1003"), label="detail 0", text="I mean ORD-1001.")
    asked = _task(world, LOOK, intent="What is in ORD-1003?", revisions=(other,))
    assert _reason(chart, world, asked) == "a change of mind in a read-only task"


# -- who must not win -----------------------------------------------------------------------------


def test_brute_force_must_not_pay(chart: Chart, world: World) -> None:
    before, after = {"status": "pending"}, {"status": "shipped"}
    only = (RowChange(table="order", key="ORD-1003", before=before, after=after),)
    assert _reason(chart, world, _task(world, CANCEL, state=only)) == "a careless policy scores 1"


def test_who_reads_everything_must_not_hit_upon_it(chart: Chart, world: World) -> None:
    """That agent makes every bare call, and looks up the first rows there are, in whatever order."""
    bare = ToolCall(name="count_orders")
    first, third = LOOK, _with(LOOK, order_id="ORD-1003")
    for gold in ((bare, first), (first, bare), (first,)):
        assert _reason(chart, world, _task(world, *gold)) == "a careless policy scores 1"
    assert _reason(chart, world, _task(world, bare, third)) == ""


def test_every_law_says_what_it_demands() -> None:
    for law in LAWS:
        assert (law.__doc__ or "").strip().endswith("."), f"{law.__name__} does not say what it demands of a task"


def test_a_question_that_is_answered_already_is_no_question(chart: Chart, world: World) -> None:
    everything = ToolCall(name="list_orders", arguments={"user_id": "ana_silva_4411"})
    assert _reason(chart, world, _task(world, everything, PENDING)) == "a question is answered already"
    assert _reason(chart, world, _task(world, PENDING, everything)) == "", "a wider question is another one"
