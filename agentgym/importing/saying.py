"""What a tool says about itself, in its name, its description and its parameters, as the rules of binding read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agentgym.build.semantics.language import Kind, read_name, singular
from agentgym.build.semantics.lexicon import COMPUTES
from agentgym.build.semantics.shapes import properties, required
from agentgym.importing.places import position, singulars
from agentgym.importing.shape import Collection, Shape
from agentgym.types import Schema, ToolSpec
from agentgym.world.naming import words

# Words of a name that add nothing to what it is about; not full or single, which rooms are.
_FILLER = frozenset(
    "detail info information data record all every list the a an of by for with from in on to and or "
    "existing given specific".split()
)
# What a tool that changes a member may do besides, with no word of it among its parameters.
_MORE = frozenset(
    "refund reimburse pay payment charge exchange notify notification email mail sms message alert price balance "
    "fee cost surcharge discount invoice receipt stock inventory availability penalty compensation voucher coupon "
    "certificate recalculate recompute log history audit cascade trigger reindex".split()
)
# What a tool does that neither only looks nor only sets what it is given, in whatever words it is described.
_EFFECTS = frozenset(
    "add append subtract increase decrease increment decrement raise convert multiply reset reassign send delete "
    "remove create mark archive consume also additionally automatically afterwards".split()
)
# What a tool says that answers with some documents, by no parameter, or in an order of its own.
_SOME = frozenset(
    "last latest newest oldest recent recently top first next most least cheapest nearest random limit page past "
    "upcoming sorted ordered".split()
)


@dataclass(frozen=True)
class Said:
    """A tool's own words."""

    spec: ToolSpec

    @cached_property
    def verb(self) -> str:
        """The verb as its name has it; the first word where none is known."""
        return read_name(self.spec.name).verb or words(self.spec.name)[0]

    @cached_property
    def kind(self) -> Kind:
        """What its verb does; ``act`` for a verb of no fixed kind."""
        return read_name(self.spec.name).kind

    @cached_property
    def name(self) -> tuple[str, ...]:
        """The words of its name, singular."""
        return singulars(self.spec.name)

    @cached_property
    def plural(self) -> frozenset[str]:
        """The words that its name has in the plural, singular."""
        return frozenset(singular(word) for word in words(self.spec.name) if singular(word) != word)

    @cached_property
    def parameters(self) -> dict[str, Schema]:
        return properties(self.spec.parameters)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The parameters that a call must give."""
        return frozenset(required(self.spec.parameters))

    @property
    def looks(self) -> bool:
        """Whether its verb only looks at the state, or works something out."""
        return self.kind in ("get", "list", "count") or self.verb in COMPUTES

    def about(self, shape: Shape) -> list[Collection]:
        """The collections that its name speaks of, the last first: ``list_user_orders`` is about orders of a user."""
        found = [(position(singulars(one.table), self.name), one) for one in shape.collections]
        return [one for at, one in sorted(found, key=lambda pair: (-pair[0], pair[1].table)) if at >= 0]

    def rest(self, *known: Iterable[str]) -> tuple[str, ...]:
        """The words of its name beside its verb, filler and ``known`` words."""
        taken = {singular(word) for word in words(self.verb)}.union(_FILLER, *known)
        return tuple(word for word in self.name if word not in taken)

    def more(self, *known: Iterable[str]) -> list[str]:
        """The words, beside ``known`` ones, that speak of more than a member that is set: refunds, prices, e-mails."""
        given = [word for parameter in self.parameters for word in singulars(parameter)]
        return sorted((self.spoken & (_MORE | _EFFECTS - _bases(self.verb))).difference(given, *known))

    @property
    def affects(self) -> bool:
        """Whether a tool that looks is said to change something by it: ``Get a letter and mark it as read``."""
        return not self.spoken.isdisjoint(_EFFECTS)

    def selects(self, *known: Iterable[str]) -> bool:
        """Whether it is said to answer with some documents that no parameter names: ``the last ten orders``.

        ``known``: words of its parameters, so that ``by first name`` is none.
        """
        return bool((self.spoken & _SOME).difference(*known))

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The words of its name and its description, in every form that they may be a form of."""
        said = words(f"{self.spec.name} {self.spec.description}")
        return frozenset(form for word in said for form in (word, *_bases(word)))


def _bases(word: str) -> set[str]:
    """A word and what it may be a form of: refunded, charges, paying."""
    bare = singular(word)
    cut = {bare.removesuffix(end) for end in ("ed", "d", "ing", "s")}
    return cut | {f"{bare.removesuffix('ing')}e", "pay" if bare == "paid" else bare, "email" if bare == "e" else bare}
