"""A message as requests and statements: where one request ends and the next begins, and which verb each asks with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from agentgym.play.agents.planner.mentions import Mention, mentions
from agentgym.play.agents.planner.text import VALUES, Token, tokens
from agentgym.play.agents.planner.toolbox import Toolbox
from agentgym.play.agents.planner.verbs import Said, passives, verbs_in
from agentgym.play.agents.planner.vocabulary import LOOKING

_ENDS = frozenset(".!?;\n")
_SHORT = frozenset("apt no st ste fl rm bldg unit".split())  # a number follows their point
_JOINTS = frozenset({"and", "then", "also", "plus", ",", ":", "-", "\u2013", "\u2014"})
_OPENERS = frozenset("my the a an that this me it his her its all every these those some one another i you".split())
_SEQUENCE = frozenset("then after that also finally lastly next afterwards please first second third to just".split())
_CONDITIONS = ("if", "should", "in case", "unless", "otherwise", "failing", "tell me if")
_RESIGNED = frozenset("tell forget leave never skip live fine mind know".split())
_DETAILS = frozenset("use take put_in have go put include enter".split())
_ABOUT = (
    ("the", "details"),
    ("for", "the", "form"),
    ("here", "is", "what"),
    ("details",),
    ("it", "should", "have"),
    ("it", "goes"),
    ("the", "rest"),
)


@dataclass(frozen=True)
class Request:
    """One thing the user asks for, or one sentence that tells something."""

    tokens: tuple[Token, ...]
    verb: str = ""  # the base form of the verb it asks with; "" for a statement
    at: int = -1  # where the verb stands
    counts: bool = False  # it asks how many
    lists: bool = False  # it asks which ones
    conditional: bool = False  # only if what was asked before is not possible
    mentions: tuple[Mention, ...] = ()
    stems: frozenset[str] = field(default_factory=frozenset)

    @property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)


def understand(message: str, toolbox: Toolbox) -> tuple[list[Request], list[Request]]:
    """The requests of a message and its statements, in order."""
    requests, statements = list[Request](), list[Request]()
    own = toolbox.verbs
    heads = frozenset(noun[0] for noun in toolbox.nouns)
    for sentence in sentences(tokens(message)):
        condition = _condition(sentence)
        if condition and _gives_up(sentence):
            continue
        for part in _clauses(sentence, own, heads):
            made = _parse(part, toolbox, own, condition)
            if requests and _telling(made):
                continue
            if requests and _details(made):
                requests[-1] = _joined(requests[-1], made)
            else:
                (requests if made.verb else statements).append(made)
    return requests, statements


def asides(requests: Sequence[Request]) -> list[Request]:
    """What requests tell in passing of who asks: "(my email is ada@example.com)"."""
    out = []
    for request in requests:
        plain = [token.text.lower() for token in request.tokens]
        for at in range(len(plain) - 3):
            if plain[at] == "(" and plain[at + 1] == "my" and ")" in plain[at:]:
                inside = request.tokens[at + 1 : plain.index(")", at)]
                own = Mention((), at, at, at + 1, mine=True)
                out.append(Request(inside, mentions=(own,), stems=frozenset(token.stem for token in inside)))
    return out


def sentences(said: Sequence[Token]) -> list[list[Token]]:
    """Cut at the ends of sentences; a quotation is one token, so nothing inside it ends one."""
    out: list[list[Token]] = [[]]
    for place, token in enumerate(said):
        if token.kind == "mark" and token.text in _ENDS:
            after = said[place + 1] if place + 1 < len(said) else None
            short = place and said[place - 1].text.lower() in _SHORT and after is not None and after.kind == "number"
            if short:
                out[-1].append(token)
                continue
            if token.text != "." or after is None or not after.text[:1].islower() or after.kind in VALUES:
                out.append([])
                continue
        out[-1].append(token)
        after = said[place + 1] if place + 1 < len(said) else None
        if (
            token.kind == "quoted"
            and token.text[-1:] in (".", "!", "?")
            and after is not None
            and after.text[:1].isupper()
        ):
            out.append([])
    return [part for part in out if part]


def _condition(sentence: Sequence[Token]) -> bool:
    """Whether a sentence says what to do if something else is not possible."""
    start = " ".join(token.text.lower() for token in sentence[:3])
    if start.startswith(("if it's not", "if you can", "if i may")):
        return False
    return any(start == one or start.startswith(f"{one} ") for one in _CONDITIONS)


def _gives_up(sentence: Sequence[Token]) -> bool:
    """Whether all that it says is that then nothing is to be done."""
    heard = {token.text.lower() for token in sentence}
    return bool(heard & _RESIGNED) and not any(token.kind in VALUES for token in sentence)


def _clauses(sentence: list[Token], own: frozenset[str], heads: Collection[str]) -> list[list[Token]]:
    """Cut where "and", "then", a comma or a colon leads to another verb and its object."""
    cuts = [0]
    found = verbs_in(sentence, own)
    for before, verb in zip([None, *found], found, strict=False):
        joint = _joint(sentence, verb.at, before.at if before is not None else -1)
        if joint is None:
            continue
        if before is None:
            cuts[-1] = joint + 1 if sentence[joint].text == ":" or not _tells(sentence[:joint], heads) else cuts[-1]
        elif _begins(sentence, verb, joint, heads):
            cuts.append(joint)
    return [sentence[start:stop] for start, stop in zip(cuts, [*cuts[1:], len(sentence)], strict=True) if start < stop]


def _tells(said: Sequence[Token], heads: Collection[str]) -> bool:
    """Whether a beginning says more than a greeting: a value, or a thing of the domain."""
    return any(token.kind in VALUES or token.stem in heads for token in said)


def _joint(sentence: Sequence[Token], at: int, after: int) -> int | None:
    """The joint before a verb, back over polite words; None where it continues what is said."""
    from_ = next(
        (place for place in range(at - 1, after, -1) if sentence[place].text.lower() in ("and", ",", ":", "then")), None
    )
    if from_ is None:
        return None
    while from_ - 1 > after and sentence[from_ - 1].text.lower() in _JOINTS:
        from_ -= 1
    return from_


def _begins(sentence: Sequence[Token], verb: Said, joint: int, heads: Collection[str]) -> bool:
    """Whether a verb behind a joint begins a request of its own: it has an object, and nothing else stands between."""
    between = [token.text.lower() for token in sentence[joint : verb.at]]
    if any(token.kind in VALUES for token in sentence[joint : verb.at]) or len(between) > 14:
        return False
    after = sentence[verb.end] if verb.end < len(sentence) else None
    if after is None:
        return False
    led = not set(between) - _JOINTS - _SEQUENCE
    if verb.verb == "set" and ":" in between and not set(between) & _SEQUENCE:
        return False  # "update the deal: set the amount to 5"
    object_ = after.text.lower() in _OPENERS or after.kind in VALUES or after.stem in heads
    object_ = object_ or (led and after.kind == "word" and bool(set(between) & _SEQUENCE))
    return object_ and (led or verb.led)


def _parse(said: list[Token], toolbox: Toolbox, own: frozenset[str], condition: bool) -> Request:
    plain = [token.text.lower() for token in said]
    found = verbs_in(said, own)
    verb, at = (found[0].verb, found[0].at) if found else ("", -1)
    pairs = list(pairwise(plain))
    if not found and _announces(plain, pairs):
        found = passives(said, plain, own)
    numbered = ("number", "of") in pairs and "number" in plain[at : at + 6] and verb in LOOKING
    counts = ("how", "many") in pairs or numbered
    asks = next((place for place, word in enumerate(plain) if word in ("what", "which", "who")), -1)
    asks = -1 if plain[max(0, asks - 1) : max(0, asks)] in (["on"], ["of"], ["with"], ["to"]) else asks
    asks = -1 if plain[asks + 1 : asks + 2] in (["i'd"], ["i"], ["we"]) and "do" in plain[asks:at] else asks
    lists = False
    if counts:
        verb, at = "count", max(at, 0)
    elif asks >= 0 and (at < 0 or asks < at) and asks + 2 < len(plain):
        lists = plain[asks + 1] not in ("is", "are", "was", "do", "can", "does", "i", "you")
        verb, at = ("list", asks) if lists else ("get", asks)
    elif at >= 0 and _gives(plain, verb, at):
        verb = "change"
    mentioned = tuple(mentions(said, toolbox))
    if (
        not verb
        and {"ought", "should", "needs", "must", "changed"} & {*plain}
        and any(token.kind in VALUES for token in said)
    ):
        verb, at = "change", 0
    return Request(
        tokens=tuple(said),
        verb=verb,
        at=at,
        counts=counts,
        lists=lists,
        conditional=condition,
        mentions=mentioned,
        stems=frozenset(token.stem for token in said if token.kind != "mark"),
    )


def _announces(plain: Sequence[str], pairs: Collection[tuple[str, str]]) -> bool:
    """Whether a sentence says what is to be: "the limit should be 5", "from now on, my address is ..."."""
    wanted = ("to", "be") in pairs and bool({"want", "like", "need", "have"} & {*plain})
    new = ("now", "on") in pairs or ("my", "new") in pairs or ("on", "file") in pairs
    return wanted or new or bool({"ought", "should", "needs", "must", "changed"} & {*plain})


def _gives(plain: Sequence[str], verb: str, at: int) -> bool:
    """Whether a value is put first: "make 5 the limit of", "put 5 down as the limit", "have 5 as the limit"."""
    after = plain[at + 1] if at + 1 < len(plain) else ""
    if verb == "make":
        return after not in _OPENERS - {"it"}
    if verb in ("put", "have", "put_in"):
        pairs = list(pairwise(plain[at:]))
        return ("as", "the") in pairs or ("as", "my") in pairs
    return False


def _telling(made: Request) -> bool:
    """Whether a clause only wants to hear what came of the request before it."""
    plain = [token.text.lower() for token in made.tokens]
    if any(token.kind in VALUES for token in made.tokens) or any(mention.entity for mention in made.mentions):
        return False
    if made.verb not in LOOKING and plain[:1] != ["what"]:
        return False
    later = {"then", "afterwards", "after", "once", "make", "hear"} & {*plain}
    return bool(later) or not made.mentions


def _details(made: Request) -> bool:
    """Whether a clause only gives the details of what was asked for before it."""
    plain = tuple(token.text.lower() for token in made.tokens if token.kind != "mark")
    if not any(token.kind in VALUES for token in made.tokens) and "the" not in plain[1:]:
        return False
    if any(plain[: len(start)] == start for start in _ABOUT):
        return True
    behind = made.at + made.verb.count("_") + 1
    after = made.tokens[behind].text.lower() if made.at >= 0 and behind < len(made.tokens) else ""
    plain_ = not any(mention.id or mention.known for mention in made.mentions)
    return made.verb in _DETAILS and after in ("the", "it", "a", "an") and made.at <= 2 and plain_


def _joined(request: Request, more: Request) -> Request:
    """A request with its details behind it."""
    comma = more.tokens[0]._replace(text=",", kind="mark", stem=",", end=more.tokens[0].start)
    return replace(request, tokens=(*request.tokens, comma, *more.tokens), stems=request.stems | more.stems)
