"""A domain as a sampler sees it: its tools and tables by name, and which result can fill which argument."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentgym.build.semantics.language import read_name
from agentgym.tasks.phrases import is_people
from agentgym.types import Binding, Domain, Use
from agentgym.world.naming import words

# Columns of an address: they are drawn together, and said as one.
PLACE = ("address", "street", "city", "state", "region", "province", "postal_code", "zip", "zip_code", "country")
# How much a tool is asked for, by who worked out what it does: what a record's or an event's bare name says is a guess.
_TRUST = {"wide": 0.6, "record": 0.3, "event": 0.3}

_HEADER = re.compile(
    r"(?i)x-.+|x_.+|if-.+|accept(-.+)?|authorization|(idempotency|client|request).?(key|token|id)|etag"
)
_INDIRECT = 0.5  # how much less often a row is pointed at by another one: "the product of my order"
_UNDOING = frozenset(
    words("cancel delete remove refund void withdraw revoke reject deny close end terminate archive deactivate disable")
)


@dataclass(frozen=True)
class Feed:
    """``output`` of ``tool``'s result can fill some parameter of another tool.

    ``direct``: the result shows the row itself, and not only another one that references it.
    """

    tool: str
    output: str
    weight: float
    direct: bool = True


@dataclass(frozen=True)
class Onward:
    """The same edge from the other end: ``output`` of some tool's result can fill ``parameter`` of ``tool``."""

    tool: str
    parameter: str
    output: str


class Chart:
    """What a sampler asks of a domain again and again, looked up once."""

    def __init__(self, domain: Domain) -> None:
        specs = {spec.name: spec for spec in domain.tools}
        self.domain = domain
        self.tables = {table.name: table for table in domain.tables}
        self.bindings = {
            binding.tool: binding
            for binding in sorted(domain.bindings, key=lambda binding: binding.tool)
            if binding.tool in specs and binding.table in self.tables
        }
        self.specs = {name: specs[name] for name in self.bindings}
        self.people = frozenset(name for name, table in self.tables.items() if is_people(table))
        self._scores = {
            (edge.source, edge.target, edge.parameter): edge.score
            for edge in domain.edges
            if edge.source in self.bindings and edge.target in self.bindings
        }
        self.feeds = {
            tool: {path: feeds for path, use in leaves(binding.uses) if (feeds := self._feeds(binding, path, use))}
            for tool, binding in self.bindings.items()
        }
        self.onward = self._onward()
        self.trust = {tool: _TRUST.get(domain.provenance.get(tool, ""), 1.0) for tool in self.bindings}

    def carries(self, binding: Binding, use: Use) -> str | None:
        """The table whose primary key the argument holds, if it names a row."""
        name = use.table or binding.table
        table = self.tables.get(name)
        if table is None or use.test != "eq" or use.role in ("amount", "lines", "limit", "offset"):
            return None
        if use.column in ("", table.primary_key):
            return None if use.role == "set" else name  # a new row's own key names nothing yet
        return table.refers(use.column)

    def required(self, tool: str) -> frozenset[str]:
        """Names of the parameters a call must have."""
        return frozenset(self.specs[tool].parameters.get("required", ()))

    def returned(self, binding: Binding) -> tuple[str, ...]:
        """Columns of the binding's table that its result shows."""
        columns = tuple(column.name for column in self.tables[binding.table].columns)
        return tuple(field for field in binding.fields if field in columns) or columns

    def amends(self, making: str, tool: str) -> bool:
        """Whether ``tool`` undoes what ``making`` creates, or only puts right what that could have been given."""
        maker, binding = self.bindings[making], self.bindings[tool]
        if maker.op != "create" or maker.table != binding.table:
            return False
        return undoes(binding) or (binding.op == "update" and columns_set(maker) >= columns_set(binding))

    def repeats(self, source: str, target: str) -> bool:
        """Whether ``source``, which teaches the key of the row that ``target`` looks up, shows as much of that row."""
        one, two = self.bindings[source], self.bindings[target]
        return (
            two.op == "get"
            and one.op in ("get", "list")
            and one.table == two.table
            and set(two.children) <= set(one.children)
            and set(self.returned(two)) <= set(self.returned(one))
        )

    def _onward(self) -> dict[str, tuple[Onward, ...]]:
        """Where each tool's result leads to."""
        leads: dict[str, list[Onward]] = defaultdict(list)
        for target, paths in self.feeds.items():
            for path, feeds in paths.items():
                for feed in feeds:
                    leads[feed.tool].append(Onward(target, path, feed.output))
        return {tool: tuple(found) for tool, found in leads.items()}

    def _feeds(self, target: Binding, path: str, use: Use) -> tuple[Feed, ...]:
        wanted = self.carries(target, use)
        if wanted is None:
            return ()
        found = []
        for tool, source in self.bindings.items():
            output = self._output(source, wanted)
            if output and tool != target.tool and not self._echoes(source, wanted):
                score = self._scores.get((tool, target.tool, path.split("/")[0]), 0.0)
                direct = source.table == wanted
                found.append(Feed(tool, output, (0.25 + score) * (1.0 if direct else _INDIRECT), direct))
        return tuple(found)

    def _output(self, source: Binding, wanted: str) -> str:
        """The column of ``source``'s result that names a row of ``wanted``; "" where none does for certain."""
        if source.op not in ("get", "list", "create") or source.returns == "count":
            return ""
        shown = self.returned(source)
        table = self.tables[source.table]
        if source.table == wanted:
            return table.primary_key if table.primary_key in shown else ""
        if source.op != "get":  # in a list, a reference does not say which of its rows is meant
            return ""
        if wanted in source.children.values():
            return self.tables[wanted].primary_key
        nested = [link for child in source.children.values() for link in self.tables[child].foreign_keys]
        links = [link for link in table.foreign_keys if link.column in shown] + nested
        return next((link.column for link in links if link.table == wanted), "")

    def _echoes(self, source: Binding, wanted: str) -> bool:
        """Whether ``source`` must be told the very key it would teach."""
        return source.op == "get" and any(self.carries(source, use) == wanted for use in source.uses)


def leaves(uses: Sequence[Use], prefix: str = "") -> Iterator[tuple[str, Use]]:
    """Every use with its path, such as "items/product_id" for one inside ``lines``."""
    for use in uses:
        path = f"{prefix}{use.parameter}"
        if use.items:
            yield from leaves(use.items, f"{path}/")
        else:
            yield path, use


def unnumbered(path: str) -> str:
    """The path of a use, from that of an argument: "items/0/product_id" -> "items/product_id"."""
    return "/".join(part for part in path.split("/") if not part.isdigit())


def technical(name: str) -> bool:
    """Whether a parameter or column is for machines alone, such as a request's header: no user speaks of it."""
    return _HEADER.fullmatch(name) is not None


def undoes(binding: Binding) -> bool:
    """Whether a tool takes back what another one has done."""
    return binding.op == "delete" or read_name(binding.tool).verb in _UNDOING


def columns_set(binding: Binding) -> frozenset[str]:
    """The columns of its own row that a tool sets; a sum that grows is not set."""
    uses = {
        use.into or use.column for use in binding.uses if use.role == "set" or (use.role == "reference" and use.into)
    }
    return frozenset(uses | {effect.column for effect in binding.effects if effect.of == "" and effect.op == "set"})
