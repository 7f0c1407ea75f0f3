"""The words that names of API functions are made of: verbs and what they do, irregular plurals, filler."""

from __future__ import annotations

from typing import Literal

Kind = Literal["get", "list", "count", "create", "update", "delete", "act"]

_VERBS: dict[Kind, str] = {
    "get": "get fetch retrieve read show view describe lookup one detail details check inspect head peek preview "
    "download obtain",
    "list": "list all index search find query browse filter enumerate ls discover autocomplete suggest recommend match",
    "count": "count",
    "create": "create add new register book place open schedule submit insert post issue report log file request "
    "reserve borrow rent order buy purchase record enroll invite send write upload generate make apply hire rate "
    "import clone copy provision initiate",
    "update": "update edit modify change set patch rename put adjust reschedule assign reassign move extend relocate "
    "replace upgrade downgrade promote configure upsert overwrite save",
    "delete": "delete remove destroy purge erase drop deregister unregister detach disassociate unassign unlink",
}
VERBS: dict[str, Kind] = {verb: kind for kind, verbs in _VERBS.items() for verb in verbs.split()}

# Verbs that move a status, with the words their target status may have beyond the verb's own past participle.
ACTS: dict[str, tuple[str, ...]] = {
    verb: tuple(targets.split())
    for verb, targets in {
        "accept": "", "acknowledge": "", "activate": "active", "approve": "", "archive": "",
        "begin": "in_progress active", "block": "", "cancel": "canceled", "check_in": "", "check_out": "", "clear": "",
        "close": "resolved", "complete": "done", "confirm": "", "deactivate": "inactive", "decline": "rejected",
        "deliver": "", "deny": "rejected", "disable": "inactive", "dismiss": "",
        "dispatch": "in_transit out_for_delivery", "enable": "active", "end": "ended completed", "escalate": "",
        "exchange": "exchange_requested", "expire": "", "finish": "completed done", "freeze": "", "fulfill": "",
        "lock": "", "mark": "", "merge": "", "open": "", "pause": "", "pay": "", "pick_up": "active in_progress",
        "prepare": "preparing", "publish": "", "reactivate": "active", "redeem": "", "refund": "",
        "reinstate": "active", "reject": "denied declined", "release": "available", "renew": "active",
        "reopen": "open reopened", "resolve": "", "respond": "", "restore": "active available",
        "resume": "active in_progress", "retire": "",
        "return": "return_requested", "settle": "", "ship": "in_transit", "snooze": "", "start": "in_progress active",
        "stop": "", "submit": "", "suspend": "", "terminate": "", "unarchive": "active", "unblock": "active",
        "unfreeze": "active", "unlock": "active unlocked", "unpause": "active", "unpublish": "draft", "verify": "",
        "void": "", "waive": "", "withdraw": "",
    }.items()
}  # fmt: skip

# Verbs that move money or points, and the sign they give the row they act on.
MONEY: dict[str, Literal["add", "subtract", "transfer"]] = {
    "deposit": "add", "top_up": "add", "credit": "add", "refund": "add", "earn": "add", "load": "add",
    "recharge": "add", "withdraw": "subtract", "pay": "subtract", "charge": "subtract", "debit": "subtract",
    "spend": "subtract", "redeem": "subtract", "transfer": "transfer",
}  # fmt: skip

# Verbs that use up what they refer to: a seat, a copy, an item in stock.
CONSUMING = frozenset("book place order buy purchase borrow checkout check_out rent reserve schedule".split())

PHRASAL = frozenset(
    tuple(verb.split("_")) for verb in "check_in check_out pick_up top_up look_up set_up sign_up".split()
)
SUFFIXES = frozenset("all one add create get list search count update delete remove".split())
TRAILING = frozenset("details detail info information all list one by id ids record records data".split())
IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "geese": "goose",
    "mice": "mouse", "criteria": "criterion", "indices": "index", "matrices": "matrix", "vertices": "vertex",
    "leaves": "leave", "movies": "movie", "cookies": "cookie", "caches": "cache", "expenses": "expense",
    "warehouses": "warehouse", "purchases": "purchase", "courses": "course", "houses": "house", "licenses": "license",
    "responses": "response", "releases": "release", "databases": "database", "cases": "case", "phases": "phase",
    "leases": "lease", "invoices": "invoice", "devices": "device", "services": "service", "prices": "price",
    "aliases": "alias",
    **{
        word: word  # singular as they stand
        for word in (
            "series species news data sms status address access business process bus gas lens canvas analysis basis"
        ).split()
    },
}  # fmt: skip
PARTICIPLES = {
    "withdraw": "withdrawn", "freeze": "frozen", "send": "sent", "pay": "paid", "begin": "begun", "write": "written",
}  # fmt: skip

# Verbs of tools that work something out from their arguments and change nothing.
COMPUTES = frozenset(
    (
        "convert calculate compute estimate translate validate predict simulate render parse encode decode evaluate "
        "analyze analyse classify detect extract summarize summarise score rank geocode tokenize transform normalize "
        "normalise measure forecast compare diff lint format recognize recognise identify embed solve lookup quote "
        "annotate ocr"
    ).split()
)

# More verbs that change nothing, and that are no operation on a table by themselves.
LOOKS = frozenset(
    (
        "aggregate scan test verify ping poll explain export explore has is exists can does are stats status health "
        "report stream watch introspect traverse autosuggest typeahead whoami version"
    ).split()
)

# Verbs that are nouns as often: at the front of a name they give way to a plain verb at its end ("report_get").
DOUBTFUL = frozenset(
    (
        "report order book file log record post request schedule rate rent list search query place count index filter "
        "change issue charge credit lock load mark set view test one all detail details check head match return end "
        "upload download import export copy place purchase invite review open close start stop merge block release "
        "check move patch file hire count access feature info project put write read add"
    ).split()
)

# The verbs that say what a tool does wherever in its name they stand.
PLAIN = frozenset(
    (
        "get list create delete update patch insert fetch retrieve search remove add query describe cancel enable "
        "disable find put upsert check"
    ).split()
)

SWEEPING = frozenset("batch bulk multi mass multiple async do try please api beta legacy admin partial".split())

# More verbs that change something, of no fixed kind.
DOINGS = frozenset(
    (
        "abort allow append archive associate attach authenticate authorise authorize backup bind bulk claim clone "
        "commit complete confirm connect decrement delegate demote deploy dequeue disconnect emit enqueue exchange "
        "execute failover flush follow force forget fork grant hide increment init initialise initialize install "
        "invoke kill launch like link login logout mark migrate mute notify opt pin ping_back prepare prepend "
        "process promote pull push rebind reboot refresh regenerate rerun reset restart retry revert revoke "
        "rollback rotate run sell setup share sign star store subscribe swap sync synchronize tag toggle touch "
        "track transfer transition trash trigger truncate tune unbind undelete undeploy unfollow unhide uninstall "
        "unlike unlink unmute unpin unprepare unshare unstar unsubscribe untag verify_otp vote"
    ).split()
)
