"""Which rows are held out: whole domains, or tasks; and which belong to the vertical of stage 2 (paper 3.2).

Every decision is made from a digest of the thing itself and a seed, never from its place among others: what is added
later moves nothing that was there. Two domains made of much the same tools and tables go to one side together, and so
do two tasks with the same gold calls, or a model would be tested on what it was trained on under another name.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal, get_args

from agentgym.errors import RunError
from agentgym.files import canonical, digest, read_json
from agentgym.types import Task

By = Literal["domain", "task"]
TWINS = 0.5  # of what the smaller of two domains is made of: from this share on they are one to a model
TRAIN, HELD_OUT = "train", "held_out"


def draw(seed: int, *names: str) -> float:
    """A number from 0 to below 1 that depends on the names and the seed alone."""
    return int(digest([seed, *names])[:13], 16) / 16**13


@dataclass(frozen=True)
class Split:
    """What is held out: ``names`` if there are any, else ``fraction`` of the domains or tasks, drawn by ``seed``.

    ``names`` are of domains, or the gold keys of tasks.
    """

    by: By = "domain"
    fraction: float = 0.0
    names: frozenset[str] = frozenset()
    seed: int = 0
    clusters: Mapping[str, frozenset[str]] = field(default_factory=dict)  # each domain's twins, itself included

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise RunError(f"cannot split by {self.by!r}; choose domain or task")
        if not 0 <= self.fraction < 1:
            raise RunError(f"cannot hold out {self.fraction:g} of the rows; give a number from 0 to below 1, or names")

    def side(self, task: Task) -> str:
        """``train`` or ``held_out``."""
        if self.by == "task":
            key = gold_key(task)
            apart = key in self.names if self.names else self._drawn(key)
        else:
            cluster = self.clusters.get(task.domain, frozenset({task.domain}))
            apart = bool(cluster & self.names) if self.names else self._drawn(self._leader(cluster))
        return HELD_OUT if apart else TRAIN

    def _drawn(self, name: str) -> bool:
        return draw(self.seed, "held out", name) < self.fraction

    def _leader(self, cluster: frozenset[str]) -> str:
        """Speaks for a cluster. A new twin changes it only if its own number is the least, whatever else is there."""
        return min(cluster, key=lambda name: (draw(self.seed, "leader", name), name))


def gold_key(task: Task) -> str:
    """Equal for tasks whose gold calls are the same, in whatever order."""
    return digest(sorted(canonical(call.model_dump(mode="json")) for call in task.gold))


# -- twins ----------------------------------------------------------------------------------------


def clusters(folders: Iterable[Path]) -> dict[str, frozenset[str]]:
    """For each domain the domains that are made of much the same, itself included.

    Two are twins if they share TWINS of what the smaller is made of; a twin's twin is in the cluster too.
    """
    import networkx

    made = {folder.name: made_of(folder) for folder in folders}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(made):
        for part in made[name]:
            holders[part].append(name)
    shared = Counter(pair for names in holders.values() for pair in combinations(names, 2))
    twins: networkx.Graph[str] = networkx.Graph()
    twins.add_nodes_from(made)
    twins.add_edges_from(
        (one, other)
        for (one, other), count in shared.items()
        if count >= TWINS * min(len(made[one]), len(made[other]))
    )  # fmt: skip
    groups = [frozenset(group) for group in networkx.connected_components(twins)]
    return {name: group for group in groups for name in group}


def made_of(folder: Path) -> frozenset[str]:
    """The names of a domain's tools, and its tables with their columns."""
    domain = read_json(folder / "domain.json")
    try:
        tools = {f"tool {tool['name']}" for tool in domain["tools"]}
        tables = {
            f"table {table['name']} {json.dumps(sorted(column['name'] for column in table['columns']))}"
            for table in domain["tables"]
        }
    except (KeyError, TypeError) as error:
        raise RunError(f"{folder / 'domain.json'} is not a domain: {error!r}; build it again") from error
    return frozenset(tools | tables)
