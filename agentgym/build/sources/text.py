"""Descriptions, tool names and service names out of vendors' text."""

from __future__ import annotations

import hashlib
import html
import keyword
import re
import unicodedata
from functools import lru_cache

from agentgym.world.naming import words

DESCRIPTION = 600  # characters of a tool's description
NOTE = 300  # characters of a property's description

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_MARKUP = re.compile(r"[<&*`#\[\n\t\r]|  |[^\x20-\x7e]")
_TAGS = (
    "a|abbr|article|b|big|blockquote|br|button|caption|center|cite|code|dd|del|details|div|dl|dt|em|figure|font|footer|"
    "h[1-6]|header|hr|i|img|ins|kbd|li|main|mark|note|ol|p|pre|q|s|samp|section|small|span|strike|strong|sub|summary|sup|"
    "table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]{{0,500}})?/?>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|br|div|li|tr|h[1-6]|ul|ol|table)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,1000}(?:\s+\"[^\"]{0,200}\")?\)")
_BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+", re.MULTILINE)
_FENCE = re.compile(r"^\s{0,3}```.{0,30}$", re.MULTILINE)
_PARAGRAPH = re.compile(r"(?<=[\w)])[ \t]{0,20}\n[ \t]{0,20}\n\s{0,100}")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SENTENCE = re.compile(r"[.!?](?=\s)")

_VERSION = re.compile(r"v?\d+(?:[._]\d+)*(?:(?:alpha|beta|preview|rc)\d*)?|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_ARTICLES = frozenset(("the", "a", "an"))
_NO_NAME = re.compile(
    "apis?|openapi|openapi3|swagger|specs?|specification|schemas?|definitions?|docs?|documentation|json|yaml|yml|main|master|"
    "tools?|list|functions?|index|data|src|servers?|services?|untitled|title|rest|test|version|example"
)


@lru_cache(maxsize=8192)
def clean(text: str, limit: int = DESCRIPTION) -> str:
    """Plain text of a description: HTML and Markdown links removed, one line, cut at a sentence near ``limit``."""
    if not _MARKUP.search(text) and len(text) <= limit:
        return text.strip()
    text = html.unescape(text[: 8 * limit]).replace("\r\n", "\n")
    text = _BLOCK.sub("\n", _COMMENT.sub(" ", text))
    text = _LINK.sub(r"\1", _TAG.sub("", text))
    text = _BOLD.sub(r"\1", _HEADING.sub("", _FENCE.sub("", text)))
    text = _PARAGRAPH.sub(". ", _INVISIBLE.sub("", text))
    return _cut(" ".join(text.split()), limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE.finditer(text, 0, limit + 1)]
    if ends and ends[-1] >= limit // 4:
        return text[: ends[-1]]
    space = text.rfind(" ", 0, limit)
    return text[: space if space > 0 else limit]


def describe(summary: object, description: object) -> str:
    """A tool's description from a short and a long text, without saying the same twice."""
    short = clean(summary) if isinstance(summary, str) else ""
    long = clean(description) if isinstance(description, str) else ""
    if not short or (long and " " not in short) or long.lower().startswith(short.lower().rstrip(".")):
        return long
    if not long or short.lower().startswith(long.lower().rstrip(".")):
        return short
    end = "" if short[-1] in ".!?:" else "."
    return _cut(f"{short}{end} {long}", DESCRIPTION)


def tool_name(text: str) -> str:
    """``text`` as a valid tool name, kept as it is where it is one; "" where nothing ASCII is left."""
    if not _NAME.fullmatch(text):
        plain = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", plain).strip("_")
        text = f"n{plain}" if plain[:1].isdigit() else plain
    if len(text) > 64:  # the digest keeps two long names with one beginning apart
        text = f"{text[:57].rstrip('_')}_{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"
    return f"{text}_" if keyword.iskeyword(text) else text


def operation_name(method: str, path: str) -> str:
    """A tool name for an operation without an id: ``GET /users/{user_id}/orders`` -> ``get_users_orders``."""
    parts = [part for part in path.split("/") if part and not is_version(part)]
    last = parts[-1] if parts else ""
    fixed = [word for part in parts if "{" not in part for word in words(re.sub(r"\.(json|xml)$", "", part))]
    if "{" in last:
        fixed += ["by", *words(re.sub(r"\.(json|xml)$", "", last))]
    return tool_name("_".join([method.lower(), *fixed]))


def service_name(title: object, place: str) -> str:
    """A slug for an API from its title, else from its file, else from the nearest telling folder."""
    if isinstance(title, str) and (slug := _slug(title, most=6)):
        return slug
    parts = place.split("/")
    parts[-1] = re.sub(r"(\.[A-Za-z]{2,5}){1,2}$", "", parts[-1])
    return next((slug for part in reversed(parts) if (slug := _slug(part))), "service")


def labels(given: object) -> tuple[str, ...]:
    """A vendor's tags as short plain texts."""
    found = [clean(tag, 60) for tag in given if isinstance(tag, str)] if isinstance(given, list) else []
    return tuple(dict.fromkeys(tag for tag in found[:8] if tag))


def is_version(text: str) -> bool:
    return bool(_VERSION.fullmatch(text))


def _slug(text: str, most: int = 12) -> str:
    """Lower snake case without versions; "" if that names nothing or takes more than ``most`` words."""
    plain = unicodedata.normalize("NFKD", text[:300]).encode("ascii", "ignore").decode()
    kept = [token for token in re.split(r"[^A-Za-z0-9.]+", plain) if token and not is_version(token)]
    named = [word for token in kept for word in _parts(token) if word not in _ARTICLES]
    while named and len(named) > 1 and (named[-1] in ("test", "openapi", "swagger") or is_version(named[-1])):
        named.pop()
    if not named or len(named) > most or all(_NO_NAME.fullmatch(word) for word in named):
        return ""
    slug = "_".join(named)[:48].strip("_")
    return f"n{slug}" if slug[0].isdigit() else slug


def _parts(token: str) -> list[str]:
    """Words of one token of a title: brand names such as GitHub or OAuth stay whole, long camel case is split."""
    return words(token) if len(token) > 12 or "." in token else [token.lower()]
