"""The right template is found, proven and served; a wrong one says what to do."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from agentgym.errors import RunError
from agentgym.learn.chat import Unfit, encode, training_template
from agentgym.learn.chat.proof import TOOLS, prompt_fault, prove
from agentgym.learn.chat.rendering import render
from agentgym.learn.chat.templates import OWN, THINKING, original, training_texts
from agentgym.types import Json
from tests.chatting import THINKING as SHOWING_THOUGHTS
from tests.chatting import USABLE, fitting, row, tokenizer


def having(template: str) -> Any:
    """The tokenizer of a model that ships ``template``."""
    tok = copy.deepcopy(tokenizer())
    tok.chat_template = template
    return tok


def prompts(template: str, messages: list[Json], tools: list[Json]) -> list[str]:
    """What a server gives the model at each of its turns."""
    turns = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    return [render(template, messages[:index], tools, {}, prompt=True).text for index in turns]


# -- finding --------------------------------------------------------------------------------------


def test_those_that_can_be_trained_with_are_these() -> None:
    found = {name for name, text in training_texts().items() if not prove(text, ()).faults}
    assert found == set(USABLE), "TRL ships other templates now: look at them, and change the list of the tests"
    assert {name for name in found if prove(training_texts()[name], ()).reasoning} == set(SHOWING_THOUGHTS)


@pytest.mark.parametrize("name", USABLE)
def test_a_model_s_own_template_leads_to_the_one_to_train_with(name: str) -> None:
    found = training_template(having(original(name)))
    assert (found.name, found.text) == (name, training_texts()[name])


@pytest.mark.parametrize("name", sorted(set(USABLE) - {THINKING}))
def test_trl_chooses_the_same(name: str) -> None:
    from trl.chat_template_utils import get_training_chat_template

    tok = having(original(name))
    assert get_training_chat_template(tok) == training_template(tok).text


def test_trl_has_none_for_thinking_2507() -> None:
    """The reason for ours. Once this fails, look whether theirs will do."""
    from trl.chat_template_utils import get_training_chat_template

    with pytest.raises(ValueError, match="not supported for this template"):
        get_training_chat_template(having(original(THINKING)))


@pytest.mark.parametrize("spelling", ["Qwen2.5", "qwen2_5", "qwen-2.5"[:4] + "2.5"])
def test_names_are_read_as_people_write_them(spelling: str) -> None:
    assert training_template(name=spelling).name == "qwen2.5"


def test_a_template_that_was_installed_is_found_again() -> None:
    for name in ("qwen3", THINKING):
        tok = having(original(name))
        training_template(tok).install(tok)
        assert training_template(tok).name == name
        tok.chat_template = training_template(tok).serving
        assert training_template(tok).name == name, "a checkpoint that is served without generation tags is not known"


def test_a_template_of_one_s_own_is_proven_and_used() -> None:
    edited = training_texts()["qwen3"].replace("# Tools", "# Functions")
    found = training_template(having(edited))
    assert (found.name, found.text, found.reasoning) == (OWN, edited, True)


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        (None, "has no chat template"),
        (original("qwen3").replace("# Tools", "# Functions"), "byte for byte"),
        (
            training_texts()["qwen3"].replace("{{- '<|im_end|>\\n' }}\n        {%- endgen", "{%- endgen"),
            "learn to stop",
        ),
    ],
)
def test_a_tokenizer_without_a_fitting_template_says_what_to_do(template: str | None, advice: str) -> None:
    with pytest.raises(RunError, match=advice) as error:
        training_template(having(template))  # type: ignore[arg-type]
    assert "ame" in str(error.value), "no next step"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RunError, match=r"did you mean 'qwen3'.*qwen3-thinking-2507"):
        training_template(name="qwen33")
    with pytest.raises(RunError, match="needs a name"):
        training_template()


# -- proof ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("llama3", "does not show tools"),
        ("gemma3", "roles must alternate"),
        ("gptoss", "today's date"),
        ("phi3", "does not show tool results"),
        ("lfm2", "does not render 'value 1'"),
        ("nemotron-3-nano", "training and serving part"),
        ("deepseekv3", "does not render 'before 2'"),
    ],
)
def test_templates_that_would_train_something_else_are_refused(name: str, fault: str) -> None:
    with pytest.raises(RunError, match=fault):
        training_template(name=name)


def test_a_mask_over_what_others_say_is_refused() -> None:
    text = training_texts()["qwen3"]
    everything = text.replace("{%- generation %}", "").replace("{%- endgeneration %}", "")
    marked = "{%- generation %}" + everything + "{%- endgeneration %}"
    assert any("as written by the assistant" in fault for fault in prove(marked, ()).faults)


@pytest.mark.parametrize(
    ("part", "instead", "fault"),
    [
        (
            "set content = message.content",
            "set content = message.content.replace('reply 2', '')",
            "^it .* 'reply 2' of",
        ),
        ("in message.tool_calls %}", "in message.tool_calls[:1] %}", "^with two calls .* does not render 'value 2' of"),
        (
            'elif message.role == "tool"',
            'elif message.role == "tool" and messages[loop.index0 - 1].role != "tool"',
            "^with two calls .* does not show tool results",
        ),
    ],
)
def test_a_template_that_loses_a_part_is_refused(part: str, instead: str, fault: str) -> None:
    faults = prove(edited("qwen3", part, instead), ()).faults
    assert any(re.search(fault, found) for found in faults), f"nobody misses what it leaves out: {faults}"


def test_a_template_may_refuse_two_calls_in_one_turn() -> None:
    """Such rows are left out and counted; all others can be trained on."""
    refusing = edited(
        "qwen3",
        "{%- if message.tool_calls %}",
        "{%- if message.tool_calls %}{%- if message.tool_calls[1:] %}{{ raise_exception('one call') }}{%- endif %}",
    )
    template = training_template(having(refusing))
    with pytest.raises(Unfit, match=r"the chat template refuses it: .*one call"):
        encode(row(), tokenizer(), template)


def edited(name: str, part: str, instead: str) -> str:
    """The training template ``name`` with one ``part`` of it replaced."""
    text = training_texts()[name]
    assert text.count(part) == 1, f"{name} has {part!r} {text.count(part)} times: the installed TRL words it otherwise"
    return text.replace(part, instead)


# -- training and serving -------------------------------------------------------------------------


@pytest.mark.parametrize("name", USABLE)
def test_the_prompt_of_every_turn_is_a_prefix_of_what_is_trained_on(name: str) -> None:
    """In text and in tokens, with the template that serves, which knows no generation tags."""
    template, found, tok = training_template(name=name), fitting(name), tokenizer()
    ids = encode(found, tok, template).input_ids
    whole = render(template.text, found["messages"], found["tools"], {}).text
    for prompt in prompts(template.serving, found["messages"], found["tools"]):
        assert whole.startswith(prompt), f"{name} is served after {prompt[-80:]!r}, but trained otherwise"
        served = tok(prompt)["input_ids"]
        assert ids[: len(served)] == served, f"{name}: the prompt's last tokens are others in training"
    if template.reasoning:
        thinking = row(thought="Let me see.")
        assert not prompt_fault(template.text, thinking["messages"], thinking["tools"], {})


@pytest.mark.parametrize("name", ["qwen3", THINKING])
def test_stock_qwen3_is_no_prefix_of_itself(name: str) -> None:
    """Why it is swapped: what the model sees in a later turn is not what was trained on."""
    found = row(thought="Let me see.")
    stock = original(name)
    whole = render(stock, found["messages"], found["tools"], {}).text
    fits = [whole.startswith(prompt) for prompt in prompts(stock, found["messages"], found["tools"])]
    assert not all(fits), f"{name} as shipped is prefix-consistent now: it need not be swapped"


@pytest.mark.parametrize("name", USABLE)
def test_a_template_without_generation_tags_renders_the_same(name: str) -> None:
    template, found = training_template(name=name), fitting(name)
    assert "generation %}" not in template.serving.replace("add_generation_prompt %}", "")
    for messages in (found["messages"], found["messages"][:4], found["messages"][:2]):
        for prompt in (False, True):
            trained, served = (
                render(text, messages, found["tools"], {}, prompt=prompt).text
                for text in (template.text, template.serving)
            )
            assert trained == served


def test_thinking_2507_prompts_for_a_thought_and_has_no_loss_on_what_it_prompts() -> None:
    shipped, ours = original(THINKING), training_texts()[THINKING]
    opening = row(thought="Hm.")["messages"][:2]
    prompt = render(shipped, opening, TOOLS, {}, prompt=True).text
    assert prompt.endswith("<|im_start|>assistant\n<think>\n")
    assert render(ours, opening, TOOLS, {}, prompt=True).text == prompt, "a server's first prompt is not the model's"
    first = [*opening, {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}]
    assert render(ours, first, TOOLS, {}).text == render(shipped, first, TOOLS, {}).text
    assert render(ours, first, TOOLS, {}).written == ["Hm.\n</think>\n\nYes.<|im_end|>\n"]


def test_rendering_needs_neither_torch_nor_trl() -> None:
    import subprocess
    import sys

    script = (
        "import sys; from agentgym.learn.chat import training_template; training_template(name='qwen3');"
        "print(sorted({'torch', 'trl', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", f"a template loads {done.stdout.strip()}"
