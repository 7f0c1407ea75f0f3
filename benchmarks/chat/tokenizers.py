"""A tokenizer trained on the spot: there is none to download, and masks must hold for any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SPECIAL = (
    "<|endoftext|> <|im_start|> <|im_end|> [gMASK] <sop> <|system|> <|user|> <|assistant|> <|observation|> "
    "<|startoftext|> <|tool_list_start|> <|tool_list_end|> <|tool_response_start|> <|tool_response_end|>"
).split()
ADDED = (  # not special, as in Qwen's: they are printed when a model's answer is decoded
    "<think> </think> <tool_call> </tool_call> <tool_response> </tool_response> "
    "<arg_key> </arg_key> <arg_value> </arg_value> <|tool_call_start|> <|tool_call_end|>"
).split()
WORDS = (  # how Qwen cuts text before it merges bytes
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train_tokenizer(texts: Iterable[str], size: int = 2048, chat_template: str = "") -> Any:
    """A byte-level BPE tokenizer built as Qwen's is, of ``size`` tokens and the control tokens of several families."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    model = Tokenizer(models.BPE())
    model.normalizer = normalizers.NFC()
    cut = pre_tokenizers.Split(Regex(WORDS), "isolated")
    model.pre_tokenizer = pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(False, use_regex=False)])
    model.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=sorted(alphabet), show_progress=False)
    model.train_from_iterator(texts, trainer)
    model.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    model.add_tokens([AddedToken(token, normalized=False) for token in ADDED])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=model, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = chat_template or None
    return tokenizer
