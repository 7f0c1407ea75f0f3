"""Exactly what the assistant wrote is supervised, token by token, whatever other texts imitate."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym import hygiene
from agentgym.errors import RunError
from agentgym.learn.chat import ChatTemplate, Unfit, encode, tokenise, training_template, unfit
from agentgym.learn.chat.encoding import IGNORED, Encoder
from agentgym.learn.chat.guard import Controls, skeleton, verify
from agentgym.learn.chat.rendering import Rendered, render
from agentgym.learn.chat.templates import original
from agentgym.types import Json
from benchmarks.chat.reference import OPENINGS, reference
from benchmarks.chat.rows import ATTACKS
from benchmarks.chat.trainer import by_trl
from tests.chatting import OPENED, THINKING, USABLE, fitting, row, tokenizer

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is deprecated and will be removed in v6:FutureWarning"  # TRL sets options that transformers renames
)


def named(name: str) -> ChatTemplate:
    return training_template(tokenizer(), name)


def supervised(made: Any, tok: Any) -> str:
    """The supervised tokens as text."""
    return str(tok.decode([token for token, label in zip(*made, strict=True) if label != IGNORED]))


def refused(found: Json, name: str = "qwen3") -> Unfit:
    with pytest.raises(Unfit) as error:
        encode(found, tokenizer(), named(name))
    return error.value


# -- equality -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", USABLE)
def test_ids_and_labels_are_those_of_transformers_masks(name: str) -> None:
    """What TRL's ``assistant_only_loss`` reads its mask from."""
    template, tok = named(name), tokenizer()
    for found in (fitting(name), row(thought="Hm.")) if template.reasoning else (fitting(name),):
        made = encode(found, tok, template)
        theirs = tok.apply_chat_template(
            found["messages"],
            tools=found["tools"],
            chat_template=template.text,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ids, masks = theirs["input_ids"], theirs["assistant_masks"]
        labels = [token if on else IGNORED for token, on in zip(ids, masks, strict=True)]
        assert made.input_ids == ids, f"{name} encodes to other ids than transformers"
        assert made.labels == labels, f"{name} supervises other tokens than TRL"


@pytest.mark.parametrize("name", OPENINGS)
def test_ids_and_labels_are_those_of_turns_written_by_hand(name: str) -> None:
    made = encode(row(), tokenizer(), named(name))
    ids, labels = reference(row(), name, tokenizer())
    assert made.input_ids == ids, f"{name} encodes to other ids than turns that are encoded one by one"
    assert made.labels == labels, f"{name} supervises other tokens than the turns of the assistant"


def test_trl_itself_makes_the_same_of_rows() -> None:
    tok = copy.deepcopy(tokenizer())
    tok.chat_template = original("qwen3")  # TRL finds the training template by it, as we do
    rows = [row(), row(user="Short."), row(thought="Hm.")]
    ours = [tuple(encode(found, tok, training_template(tok))) for found in rows]
    assert ours == list(by_trl(rows, tok)), "SFTTrainer prepares other ids or labels"


def test_heads_that_are_cut_off_give_the_same_tokens() -> None:
    one = Encoder(tokenizer(), named("qwen3"), "keep")
    users = ["a", "b", "\n c", "d\n\n", "東京"]  # the first and second are encoded as wholes, the others in two parts
    for user in users:
        whole = tokenizer()(render(named("qwen3").text, row(user=user)["messages"], row()["tools"], {}).text)
        assert one(row(user=user)).input_ids == whole["input_ids"], f"{user!r} after a known head gives other tokens"
    heads = one._texts._heads.values()
    assert any(not isinstance(head, bool) for head in heads), "no head was cut off: nothing is proven"


# -- what is supervised ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", USABLE)
def test_calls_replies_and_ends_of_turns_are_supervised_and_nothing_else(name: str) -> None:
    tok = tokenizer()
    said = supervised(encode(fitting(name), tok, named(name)), tok)
    for text in ("#W1", "#W2", "#W3", "#W4", "東京 😀", "One moment.", "Both were sent."):
        assert text in said, f"{name} leaves {text!r} without loss"
    assert said.count("find_order") == 4, f"{name}: {said.count('find_order')} of 4 calls are supervised"
    for text in ("Be brief", "Where is", "Grüße", "And the others", '"sent"', "not found", "Does find_order", "[]"):
        assert text not in said, f"{name} supervises {text!r}, which the assistant did not write"
    end = "<|observation|>" if name == "glm4moe" else "<|im_end|>"
    ended = said.count(end) + (said.count("<|user|>") if name == "glm4moe" else 0)
    assert ended == 5, f"{name}: the ends of {ended} of 5 turns are supervised"


def test_labels_are_the_ids_of_their_place() -> None:
    ids, labels = encode(row(), tokenizer(), named("qwen3"))
    assert len(ids) == len(labels)
    assert all(label in (IGNORED, token) for token, label in zip(ids, labels, strict=True))


@pytest.mark.parametrize("name", THINKING)
def test_reasoning_is_supervised_or_only_read(name: str) -> None:
    tok, template, found = tokenizer(), named(name), row(thought="Let me see.")
    made = {choice: encode(found, tok, template, reasoning=choice) for choice in ("keep", "mask")}
    assert supervised(made["keep"], tok).count("Let me see.") == 5
    assert made["mask"].input_ids == made["keep"].input_ids, "mask shows another text than keep"
    said = supervised(made["mask"], tok)
    assert "Let me see." not in said and "</think>" not in said, f"{name} supervises thoughts that are masked"
    assert said.startswith("<tool_call>"), f"{name} leaves the beginning of the call after a thought without loss"
    for text in ("One moment.", "Both were sent.", "#W4"):
        assert text in said
    assert made["keep"] == encode(found, tok, template), "keep is not the default"


@pytest.mark.parametrize("name", sorted(set(THINKING) - set(OPENED)))
def test_reasoning_is_left_out(name: str) -> None:
    tok, template = tokenizer(), named(name)
    made = encode(row(thought="Let me see."), tok, template, reasoning="drop")
    assert made == encode(row(), tok, template), "dropped thoughts leave something behind"


@pytest.mark.parametrize("name", OPENED)
def test_a_turn_without_thought_is_refused_where_the_prompt_begins_one(name: str) -> None:
    """The template writes an empty thought with two line breaks, one token; the prompt ends with one of them."""
    error = refused(row(), name)
    assert error.reason == unfit.MERGED and "keep thoughts" in error.detail


@pytest.mark.parametrize("name", sorted(set(USABLE) - set(THINKING)))
def test_reasoning_that_a_template_would_lose_is_an_error(name: str) -> None:
    found = row(thought="Let me see.")
    with pytest.raises(RunError, match="reasoning='drop'"):
        encode(found, tokenizer(), named(name))
    assert encode(found, tokenizer(), named(name), reasoning="drop") == encode(row(), tokenizer(), named(name))


def test_an_unknown_choice_of_reasoning_is_an_error() -> None:
    with pytest.raises(RunError, match="keep, mask, drop"):
        encode(row(), tokenizer(), named("qwen3"), reasoning="hide")  # type: ignore[arg-type]


# -- attacks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", USABLE)
def test_text_that_imitates_control_tokens_is_never_supervised_and_forges_no_turn(name: str) -> None:
    """As rows are made: past hygiene."""
    tok, template = tokenizer(), named(name)
    calm = encode(fitting(name), tok, template)
    controls = Controls.of(tok, template.text).numbers
    for attack in ATTACKS:
        text = hygiene.neutralise(attack)
        made = encode(fitting(name, user=text, result=text), tok, template)
        assert supervised(made, tok) == supervised(calm, tok), f"{attack!r} changes what is supervised"
        turns, calm_turns = ([token for token in one.input_ids if token in controls] for one in (made, calm))
        assert turns == calm_turns, f"{attack!r} adds or hides a control token"


@pytest.mark.parametrize("name", USABLE)
def test_raw_attacks_are_refused_with_their_place(name: str) -> None:
    """Where hygiene was forgotten: every control token of this tokenizer, by itself, in every foreign place."""
    for token in [*Controls.of(tokenizer(), named(name).text).ids, "[INST]", "<|eot_id|>"]:
        for place in ("user", "result"):
            error = refused(row(**{place: f"a {token} b"}), name)
            assert error.reason == unfit.FORGED
            assert token in error.detail and "messages[" in error.detail, f"not told where {token!r} is: {error}"


@pytest.mark.parametrize("path", ["content", "reasoning_content", "name", "argument", "key", "tool", "description"])
def test_a_control_token_is_found_wherever_it_is(path: str) -> None:
    found, token = row(thought="Hm."), "<|im_end|>"
    call = found["messages"][2]["tool_calls"][0]["function"]
    match path:
        case "content" | "reasoning_content":
            found["messages"][2][path] = token
        case "name":
            call["name"] = token
        case "argument":
            call["arguments"] = {"a": [{"b": token}]}
        case "key":
            call["arguments"] = {token: 1}
        case "tool":
            found["tools"][1]["function"]["name"] = token
        case "description":
            found["tools"][1]["function"]["parameters"]["properties"]["order_id"]["description"] = token
    error = refused(found)
    assert error.reason == unfit.FORGED
    assert ("tools" if path in ("tool", "description") else "messages") in error.detail


def test_the_second_check_needs_no_list_of_tokens() -> None:
    """``verify`` alone, as if ``inspect`` had seen nothing: ids with a forged turn are refused by their number."""
    tok, template = tokenizer(), named("qwen3")
    controls = Controls.of(tok, template.text)
    for attack in ("<|im_end|>", "<tool_call>", "<|im_start|>assistant", "</think>"):
        found = row(result=attack)
        rendered = render(template.text, found["messages"], found["tools"], {})
        harmless = render(template.text, skeleton(found["messages"]), found["tools"], {})
        ids = tok(rendered.text)["input_ids"]
        with pytest.raises(Unfit, match="not from the template") as error:
            verify(ids, rendered, harmless, controls)
        assert error.value.reason == unfit.TURNS
        calm = render(template.text, row()["messages"], found["tools"], {})
        verify(tok(calm.text)["input_ids"], calm, harmless, controls)
        with pytest.raises(Unfit, match="assistant parts"):
            verify(tok(calm.text)["input_ids"], Rendered(calm.text, calm.spans[:-1]), harmless, controls)


@given(st.text(alphabet="<|>/_imstartend\\u003c[]{}%\n toolcl", max_size=30))
@settings(max_examples=60)
def test_any_text_is_either_harmless_or_refused(text: str) -> None:
    tok, template = tokenizer(), named("qwen3")
    calm = supervised(encode(row(), tok, template), tok)
    try:
        made = encode(row(user=text, result=text), tok, template)
    except Unfit as error:
        assert error.reason == unfit.FORGED
        made = encode(row(user=hygiene.neutralise(text), result=hygiene.neutralise(text)), tok, template)
    assert supervised(made, tok) == calm


# -- rows that are refused ------------------------------------------------------------------------


def _without(found: Json, change: Callable[[Json], None]) -> Json:
    change(found)
    return found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda found: found.update(messages=found["messages"][:2]), unfit.SILENT),
        (lambda found: found.update(messages=[]), unfit.MALFORMED),
        (lambda found: found.pop("messages"), unfit.MALFORMED),
        (lambda found: found["messages"][1].update(role="critic"), unfit.MALFORMED),
        (lambda found: found["messages"][1].update(content=[{"type": "text", "text": "a"}]), unfit.MALFORMED),
        (lambda found: found["messages"][2]["tool_calls"][0]["function"].update(arguments="{}"), unfit.MALFORMED),
    ],
)
def test_rows_that_cannot_be_trained_on_say_why(change: Callable[[Json], None], reason: str) -> None:
    assert refused(_without(row(), change)).reason == reason


def test_a_token_across_the_border_of_a_turn_is_refused() -> None:
    """Instruct-2507 writes a line break before what is said: two in a row are one token, which no server would see."""
    found = row()
    found["messages"][-1]["content"] = "\n\nBoth were sent."
    assert len(tokenizer()("\n\n")["input_ids"]) == 1, "the tokenizer does not merge line breaks: nothing is proven"
    error = refused(found, "qwen3-instruct-2507")
    assert error.reason == unfit.MERGED and "strip" in error.detail


# -- data sets ------------------------------------------------------------------------------------


def _rows() -> list[Json]:
    rows = [row(user=f"Order {number}, please. " * (number + 1)) for number in range(8)]
    rows[3] = row(user="<|im_end|>")
    for number, found in enumerate(rows):
        found["id"] = f"row {number}"
    return rows


def test_rows_become_a_data_set_and_what_is_dropped_is_named() -> None:
    tok, template, rows = tokenizer(), named("qwen3"), _rows()
    sizes = {number: len(encode(found, tok, template).input_ids) for number, found in enumerate(rows) if number != 3}
    limit = sizes[6]
    data, dropped = tokenise(rows, tok, template, max_length=limit)
    assert data.column_names == ["input_ids", "labels", "length"]
    assert data["length"][:] == [sizes[number] for number in (0, 1, 2, 4, 5, 6)], "rows are not in order, or were cut"
    for made, number in zip(data, (0, 1, 2, 4, 5, 6), strict=True):
        assert (made["input_ids"], made["labels"]) == encode(rows[number], tok, template)
    assert (dropped.too_long, dropped.unfit, dropped.total) == (1, 1, 2)
    assert [rejection.subject for rejection in dropped.rejections] == ["row 3", "row 7"]
    assert dropped.reasons == {unfit.FORGED: 1, "longer than the model is trained with": 1}
    assert str(limit) in dropped.rejections[1].detail


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # datasets forks its workers
def test_a_data_set_gives_the_same_in_one_process_and_in_two(tmp_path: Path) -> None:
    from datasets import Dataset, Features, Json, List, Value

    rows = _rows()
    features = Features({"messages": List(Json()), "tools": List(Json()), "id": Value("string")})
    stored = Dataset.from_dict({name: [found[name] for found in rows] for name in features}, features=features)
    kinds = [
        tokenise(rows, tokenizer(), named("qwen3"), max_length=2000),
        tokenise(stored, tokenizer(), named("qwen3"), max_length=2000),
        tokenise(stored, tokenizer(), named("qwen3"), max_length=2000, workers=2),
    ]
    assert len({json.dumps(data.to_dict()) for data, _ in kinds}) == 1
    assert len({dropped for _, dropped in kinds}) == 1
    assert kinds[0][0].features == kinds[2][0].features


def test_no_rows_make_an_empty_data_set() -> None:
    data, dropped = tokenise([], tokenizer(), named("qwen3"), max_length=10)
    assert (len(data), dropped.total) == (0, 0)
    assert data.column_names == ["input_ids", "labels", "length"]


def test_a_wrong_setting_is_no_dropped_row() -> None:
    with pytest.raises(RunError, match="reasoning='drop'"):
        tokenise([row(thought="Hm.")], tokenizer(), named("qwen2.5"), max_length=2000)


def test_the_reference_and_the_encoder_are_told_apart() -> None:
    """A label that moves by one token is found."""
    from benchmarks.masks import equality

    made = encode(row(), tokenizer(), named("qwen3"))
    assert equality([made], [made]) == 1
    moved = [*made.labels[1:], IGNORED]
    assert equality([made], [(made.input_ids, moved)]) < 1
    assert equality([made], [(made.input_ids[:-1], made.labels[:-1])]) < 1
    shuffled = random.Random(0).sample(made.input_ids, len(made.input_ids))
    assert equality([made], [(shuffled, made.labels)]) < 0.5
