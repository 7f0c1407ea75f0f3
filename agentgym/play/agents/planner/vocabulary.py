"""English that users and function names share: verbs of one meaning, bounds, politeness, people."""

from __future__ import annotations

from functools import lru_cache

from agentgym.build.semantics.lexicon import ACTS, DOINGS, MONEY, VERBS

_ALIKE = """
cancel call_off abort annul
delete remove erase drop get_rid_of destroy purge take_off discard unregister deregister
create add register set_up make open book place submit schedule arrange file issue report log record request \
order reserve buy purchase post put_in send_in new sign_up enroll plan start generate insert write send raise \
lodge hire rent borrow apply upload give leave enter note prescribe import provision initiate rate review
change update modify edit set adjust switch reschedule move correct rename alter amend revise replace patch put \
transfer extend upgrade downgrade fix bring turn shift swap record
get look_up pull_up show check view see tell detail read find retrieve fetch describe inspect know learn give \
bring_up look_at display
list show search find look_for browse filter query all give see get enumerate look_through run_through
count how_many number
approve sign_off accept grant okay
reject deny decline refuse turn_down
complete finish end done conclude
return send_back
close shut
reopen open_again
suspend pause
resume continue unpause
reactivate reinstate restore activate enable
deactivate disable
pay settle
deposit put add pay_in
withdraw take take_out
top_up add load recharge
assign reassign give allocate hand
freeze lock block
unfreeze unlock unblock
check_in
check_out
ship dispatch send
confirm
renew extend
mark set flag
escalate
transfer move send
publish release
invite ask
accept agree
"""
GROUPS: tuple[frozenset[str], ...] = tuple(frozenset(line.split()) for line in _ALIKE.strip().splitlines())
PHRASES: dict[tuple[str, ...], str] = {
    tuple(verb.split("_")): verb
    for group in (*GROUPS, frozenset(word for word in VERBS if "_" in word), frozenset(ACTS), frozenset(MONEY))
    for verb in sorted(group)
    if "_" in verb
}
PAST = {
    "held": "hold", "paid": "pay", "frozen": "freeze", "sent": "send", "put": "put", "taken": "take", "made": "make",
    "sold": "sell", "bought": "buy", "given": "give", "withdrawn": "withdraw", "written": "write", "shut": "shut",
    "left": "leave", "kept": "keep", "rebuilt": "rebuild", "lent": "lend", "borrowed": "borrow", "begun": "begin",
}  # fmt: skip
LOOKING = frozenset(
    (
        "get list count find search show check view read lookup look_up pull_up look_for bring_up look_at look_through "
        "tell give know learn display see retrieve fetch browse describe inspect"
    ).split()
)

STOP = frozenset(
    "a an the of for to from by with in on at as and or is are was be been it its this that these those my your our "
    "their his her one me i you please which whose who what when if so but not no yes do does did have has had will "
    "would could can should there any some all also then into onto up out about than per via such s".split()
)
COPULAS = frozenset(
    "is are was be being should shall would must to of as = : called named equals equal reads been set".split()
)
LEAST = frozenset("from since after least over above minimum lowest earliest min beyond exceed starting more".split())
MOST = frozenset("until till before most under below maximum highest latest max within than less fewer".split())
LABELS = {
    "identifier": "id", "ids": "id", "uuid": "id", "sid": "id", "telephone": "phone", "mobile": "phone",
    "qty": "quantity",
    "cost": "price", "zip": "postal", "postcode": "postal", "minimum": "min", "lowest": "min", "least": "min",
    "earliest": "min", "maximum": "max", "highest": "max", "most": "max", "latest": "max", "mail": "email",
    "firstname": "first", "lastname": "last", "origin": "from", "destination": "to", "pwd": "password",
    "licence": "license", "cancelled": "canceled", "favourite": "favorite", "colour": "color", "num": "number",
}  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
PEOPLE = frozenset(
    "user customer client member patient passenger guest student subscriber tenant borrower rider cardholder reader "
    "shopper buyer applicant traveler traveller policyholder resident attendee participant donor player patron "
    "account profile person employee contact".split()
)
SPEAKERS = PEOPLE - frozenset("account profile person employee contact".split())
ADDRESS = ("address", "street", "city", "town", "state", "province", "region", "postal", "zip", "postcode", "country")
_KNOWN = frozenset({*VERBS, *ACTS, *MONEY, *DOINGS} | {word for group in GROUPS for word in group})


def root(word: str) -> str:
    """A word without its ending, so that "starting" is "starts": for comparing labels."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=32_768)
def base(word: str, own: frozenset[str] = frozenset()) -> str:
    """The verb that ``word`` is a form of: cancelling -> cancel; "" where it is none of a known or an ``own`` verb."""
    lower = word.lower()
    if lower in _KNOWN or lower in own:
        return lower
    for ending, put in (
        ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("es", ""), ("s", ""), ("ied", "y"), ("ies", "y"),
        ("ation", ""), ("ation", "e"), ("lation", ""),
    ):  # fmt: skip
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            stem = lower[: -len(ending)] + put
            if stem in _KNOWN or stem in own:
                return stem
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in _KNOWN:
                return stem[:-1]
    return ""


def alike(said: str, named: str) -> float:
    """How well the verb a user ``said`` fits the verb a tool is ``named`` by, from 0 to 1."""
    if said == named:
        return 1.0
    if any(said in group and named in group for group in GROUPS):
        return 0.7
    return 0.0


@lru_cache(maxsize=16_384)
def label(word: str) -> str:
    """The one form of words that mean the same in labels."""
    return root(LABELS.get(word, word))
