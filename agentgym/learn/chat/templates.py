"""Which chat template to train with, and to serve with.

Templates as models ship them are made for serving. Many render an earlier turn otherwise once more has been said, and
few say which text is the assistant's. TRL ships training variants of some; they are read from the installed TRL, never
copied, and found by the tokenizer's own template, byte for byte, as TRL does. One is ours, for Qwen3-Thinking-2507.
Whatever is chosen is proven first, see ``proof``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from agentgym.errors import RunError, nearest
from agentgym.learn.chat.guard import Tokenizer
from agentgym.learn.chat.proof import prove

THINKING = "qwen3-thinking-2507"
OWN = "the tokenizer's own"
_TAG = re.compile(r"\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}")
_ENDING = "_training.jinja"


@dataclass(frozen=True)
class ChatTemplate:
    """A Jinja template that says what the assistant writes, and renders a conversation the same however it goes on."""

    name: str
    text: str
    reasoning: bool = False  # whether reasoning_content is shown in every turn; False until it is proven
    opening: str = ""  # what a server's prompt ends with, though generation tags have it as the assistant's; likewise

    @property
    def serving(self) -> str:
        """The text without generation tags, for servers that do not know them: it renders every conversation alike."""
        return _TAG.sub(lambda tag: f"{{%{tag[1]} {'endif' if tag[2] else 'if true'} {tag[3]}%}}", self.text)

    def install(self, tokenizer: Tokenizer) -> None:
        """Make it the tokenizer's own, so that a checkpoint is served with what it was trained on."""
        tokenizer.chat_template = self.text


def training_template(tokenizer: Tokenizer | None = None, name: str = "") -> ChatTemplate:
    """The template to train with: the one called ``name``, or the one that fits ``tokenizer``.

    Names are those of TRL's files, such as ``qwen3``, ``qwen3-instruct-2507``, ``qwen2.5`` or ``glm4moe``, and
    ``qwen3-thinking-2507``. Without a name the tokenizer's own template decides: an original that is known, a training
    template that was installed before, or any template with ``{% generation %}`` tags that passes the proof. Without a
    tokenizer there must be a name.

    Raises:
        RunError: no template fits, or it would train what no server renders; the message says what to do.
    """
    if name:
        template = _named(name)
    elif tokenizer is not None:
        template = _fitting(tokenizer)
    else:
        raise RunError(f"without a tokenizer a chat template needs a name; there are {_choice()}")
    proven = prove(template.text, tuple(sorted(special_tokens(tokenizer).items())))
    if proven.faults:
        raise RunError(
            f"chat template {template.name!r} cannot be trained with: {'; '.join(proven.faults)}. "
            "Name another that the model can learn, or correct a copy of it and set it as tokenizer.chat_template"
        )
    return replace(template, reasoning=proven.reasoning, opening=proven.opening)


def special_tokens(tokenizer: Tokenizer | None) -> dict[str, str]:
    """The named tokens that templates may write, such as ``bos_token``."""
    named: Mapping[str, object] = tokenizer.special_tokens_map if tokenizer is not None else {}
    return {key: str(token) for key, token in named.items() if isinstance(token, str)}


# -- finding --------------------------------------------------------------------------------------


def _named(name: str) -> ChatTemplate:
    known = training_texts()
    found = known.get(_key(name))
    if found is None:
        raise RunError(f"no chat template is called {name!r}{nearest(_key(name), known)}; there are {_choice()}")
    return ChatTemplate(_key(name), found)


def _fitting(tokenizer: Tokenizer) -> ChatTemplate:
    own = tokenizer.chat_template
    own = own.get("default") if isinstance(own, dict) else own
    if not own:
        raise RunError(f"the tokenizer has no chat template; name the one of its model: {_choice()}")
    for name, text in training_texts().items():
        template = ChatTemplate(name, text)
        if own in (original(name), template.text, template.serving):
            return template
    if _TAG.search(own):
        return ChatTemplate(OWN, own)
    raise RunError(
        "the tokenizer's chat template has no {% generation %} tags and is, byte for byte, none that is known: it may "
        f"be edited, or newer. Name the one of its model, of {_choice()}, or add the tags to it yourself"
    )


def _key(name: str) -> str:
    """``Qwen2.5`` and ``qwen2_5`` are one name: ``qwen2.5``. A dot stands between digits, else there is a hyphen."""
    plain = re.sub(r"[ _]", "-", name.strip().lower())
    return re.sub(r"(?<=[a-z]\d)-(?=\d(?!\d))|(?<=-\d)-(?=\d(?!\d))", ".", plain)


def _choice() -> str:
    """Names that can be trained with; TRL ships others, for chats without tools or for pictures."""
    return ", ".join(sorted(name for name, text in training_texts().items() if not prove(text, ()).faults))


@cache
def training_texts() -> dict[str, str]:
    """Training templates by name."""
    folder = _trl()
    shipped = {_key(path.name.removesuffix(_ENDING)): _read(path) for path in sorted(folder.glob(f"*{_ENDING}"))}
    return shipped | {THINKING: (files(__package__) / "qwen3_thinking_2507_training.jinja").read_text("utf-8")}


@cache
def original(name: str) -> str:
    """The template that a model ships and that the training template ``name`` stands for."""
    if name == THINKING:
        return _thinking()
    return _read(next(path for path in _trl().glob("*.jinja") if _key(path.stem) == name))


def _thinking() -> str:
    """Qwen3-Thinking-2507 as it is shipped: Qwen3's template, but for a prompt that has begun to think already."""
    prompt = "    {{- '<|im_start|>assistant\\n' }}\n"
    before, mark, _ = original("qwen3").rpartition(prompt)
    return before + mark.replace("\\n", "\\n<think>\\n") + "{%- endif %}"


def _read(path: Path) -> str:
    return path.read_text("utf-8")


def _trl() -> Path:
    """The folder of templates in the installed TRL, which is not imported for it: that takes seconds."""
    spec = find_spec("trl")
    places = [Path(place) / "chat_templates" for place in (spec.submodule_search_locations or ())] if spec else []
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise RunError("chat templates for training come with TRL: pip install 'envscale[train]'")
    return found
