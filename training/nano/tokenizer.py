"""The nano tokenizer: byte-level BPE trained on rendered episodes, wrapped for transformers, TRL and serving.

Three digits are one token, and the capital letter that begins an id is another, so that a value is copied in a step or
two; other words fall into pieces that many words share, so that an unseen noun is made of seen tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym.types import Json

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEMPLATE = Path(__file__).with_name("chat.jinja")
VOCABULARY = 1900
SAMPLE = 2000  # rows, of all domains alike, that are enough to learn from
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ADDED = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
NUMBERS = tuple(str(number) for number in range(100, 1000))
_WEIGHT = 1000  # times that each of them is read in training, so that all of them become tokens
# In turn: a space before an id or number, digits by threes, the capital before a digit, a word with its space, others.
_PIECES = (
    r" (?=\p{Lu}?\p{N})|\p{N}{1,3}|\p{Lu}(?=\p{N})| ?\p{L}+|\s+(?=\s)|[^\p{L}\p{N}]+?(?= ?\p{L}|\p{N}|$)|[^\p{L}\p{N}]+"
)


def learnt(rows: Sequence[Mapping[str, Json]], *, size: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """A tokenizer of ``size`` tokens trained on a sample of ``rows``."""
    return train(map(rendered, rows[:: -(-len(rows) // SAMPLE)]), size=size)


def train(texts: Iterable[str], *, size: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """A tokenizer of ``size`` tokens trained on rendered ``texts``, with the compact chat template.

    Equal texts give an equal tokenizer.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast
    from trl.chat_template_utils import qwen3_template

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(ADDED),
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(chain(map(_plain, texts), NUMBERS * _WEIGHT), trainer)
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in ADDED])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = TEMPLATE.read_text("utf-8")
    wrapped.response_template = qwen3_template
    return wrapped


def _plain(text: str) -> str:
    """``text`` without the tokens that are added: no merge may be made of them."""
    for token in (*SPECIAL, *ADDED):
        text = text.replace(token, "\n")
    return text


def rendered(row: Mapping[str, Json]) -> str:
    """A training row as text, in the compact template."""
    from transformers.utils.chat_template_utils import render_jinja_template

    (text,), _ = render_jinja_template(
        conversations=[row["messages"]], tools=row["tools"], chat_template=TEMPLATE.read_text("utf-8")
    )
    return str(text)
