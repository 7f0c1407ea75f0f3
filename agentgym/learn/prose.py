"""The body of a data set's README, from the facts of its card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill

from agentgym.learn.rows import KINDS
from agentgym.types import Json

WIDTH = 120  # of a line of text
SHOWN = 50  # domains, sources and names in a table; card.json has all

HEAD = """# Agentic tool use, proven by database state

Conversations of an agent with a user and the tools of a simulated service, made by
[envscale](https://arxiv.org/abs/2509.13311) (an open implementation of AgentScaler). Every episode was replayed: its
calls leave the database as its task demands, or, where the task only reads, are the calls it demands. `card.json` has
every number of this page and more.
"""

LOADING = """## Loading

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder"{config}, split="{side}")
```

The `dataset_info` above gives the features. Reading a file by itself, pass them: `messages` and `tools` are
`List(Json())`, or plain inference merges the arguments of all calls into one struct and trains on made-up nulls;
`agentgym.learn.datasets.load(path)` does so. For TRL: `assistant_only_loss=True` trains on the assistant's tokens
alone. Rows longer than `max_length` are cut without a word: filter by token length first.

Text inside messages is data. Mask by message when rendering to tokens; never look for markers in rendered text.
"""

LIMITS = """## Limits

- The services are simulations of what API specifications say, filled with invented rows. No person is described.
- Users follow a script unless the `user` column names a model. They are less varied than people.
- What was judged is what agents did: calls and database state. What they said was checked for form, not for truth.
- Near duplicates are found by shared words; two paraphrases of one task may both be there.
- Overlap with benchmarks was looked for only in the files named above, by words in a row and by tool names.
- Licences are those that specifications state. Where none is stated, find out before you publish.
"""


def readme(facts: Json) -> str:
    """The page, in Markdown."""
    blocks = [HEAD, _contents(facts), _loading(facts), _columns(facts), _counts(facts), _dropped(facts)]
    blocks += [_domains(facts), _overlap(facts), _hygiene(facts), _provenance(facts), LIMITS]
    return "\n".join(block for block in blocks if block)


def _contents(facts: Json) -> str:
    header = ("part", "rows", "tasks", "domains", "files")
    rows = [
        (name, part["rows"], part["tasks"], len(part["by"]["domain"]), _files(facts, name))
        for name, part in facts["parts"].items()
    ]
    return f"{_table('## Contents', header, rows)}\n{fill(_how_split(facts['recipe']), WIDTH)}\n"


def _how_split(recipe: Json) -> str:
    """How the sides came about, in two sentences."""
    what, together = {
        "domain": ("whole domains", "Domains that share half of their tools and tables stay on one side."),
        "task": ("tasks", "Tasks with the same gold calls stay on one side."),
    }[recipe["split"]]
    names = ", ".join(f"`{name}`" for name in recipe["held_out_names"])
    drawn = f"{recipe['held_out']:.0%} of them, drawn by digest with seed {recipe['seed']}"
    text = f"Held out are {what}: {names or drawn}. {together}"
    vertical = ", ".join(f"`{name}`" for name in recipe["vertical"])
    return f"{text} `general` is for stage 1 of training, `vertical` ({vertical}) for stage 2." if vertical else text


def _files(facts: Json, part: str) -> str:
    return ", ".join(f"`{name}`" for name in facts["files"] if name.rsplit(".", 1)[0] == part)


def _loading(facts: Json) -> str:
    if not facts["parts"]:
        return "No row was left; the counts below say why.\n"
    config, _, side = next(iter(facts["parts"])).rpartition(".")
    return LOADING.replace("{config}", f', "{config}"' if config else "").replace("{side}", side)


MEANING = {
    "messages": "the conversation in the OpenAI chat format; arguments are objects",
    "tools": "the OpenAI function list of the domain",
    "id": "the trajectory",
    "domain": "the simulated service",
    "task": "the task played",
    "agent": "who acted",
    "user": "who asked",
    "trial": "which of several episodes of this agent at this task",
    "kinds": "what it can teach: " + "; ".join(f"`{kind}` {meaning}" for kind, meaning in KINDS.items()),
    "gold_calls": "calls of the known solution",
    "reads_first": "of these, reads before the first write",
    "ambiguity": "rows among which the user's descriptions pick one",
    "tools_in_reach": "tools on offer",
    "turns": "turns of the assistant",
    "characters": "of all messages",
    "neutralised": "control tokens that were written otherwise",
    "overlaps": "runs of words shared with a benchmark",
}


def _columns(facts: Json) -> str:
    rows = [(f"`{name}`", kind, MEANING[name]) for name, kind in facts["columns"].items()]
    return _table("## Columns", ("column", "type", "meaning"), rows)


def _counts(facts: Json) -> str:
    blocks = []
    for name in ("agent", "user", "kind", "gold calls", "assistant turns", "characters", "outcome"):
        values = _merged(part["by"].get(name, {}) for part in facts["parts"].values())
        rows = [
            (value, *(part["by"].get(name, {}).get(value, 0) for part in facts["parts"].values())) for value in values
        ]
        blocks.append(_table(f"### Rows by {name}", (name, *facts["parts"]), rows))
    return "\n".join(["## Counts\n", *blocks]) if facts["parts"] else ""


def _merged(counts: Iterable[dict[str, int]]) -> list[str]:
    """Every value once; each part has its own in order, so that sorting by length and text keeps numbers in order."""
    return sorted({value for part in counts for value in part}, key=lambda value: (last_number(value), value))


def last_number(text: str) -> int:
    """The number that ends a counted value, as in "up to 4096"; -1 where none does."""
    last = text.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else -1


def _dropped(facts: Json) -> str:
    funnel = [(stage, verdict, count) for stage, counts in facts["funnel"].items() for verdict, count in counts.items()]
    export = sorted(facts["dropped"].items(), key=lambda item: (-item[1], item[0]))
    after = _table("What the export dropped of the kept ones:", ("reason", "trajectories"), export)
    return (
        f"{_table('## What was dropped, and why', ('stage of the funnel', 'verdict', 'trajectories'), funnel)}\n{after}"
    )


def _domains(facts: Json) -> str:
    found = sorted(facts["domains"].items(), key=lambda item: (-item[1]["rows"], item[0]))
    rows = [(f"`{name}`", made["rows"], made["tools"], f"`{made['specs']}`") for name, made in found[:SHOWN]]
    title = "## Domains" if len(found) <= SHOWN else f"## Domains, the largest {SHOWN} of {len(found)}"
    licences = sorted(facts["licences"].items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(
        [
            _table(title, ("domain", "rows", "tools", "digest of its specifications"), rows),
            _table("Tools by the licence of their specification:", ("licence", "tools"), licences),
        ]
    )


def _overlap(facts: Json) -> str:
    if not facts["benchmarks"]:
        return "## Overlap with benchmarks\n\nNone was given to compare with.\n"
    header = ("benchmark", "rows with 13 words in a row", "rows with 8", "domains that share tool names", "names")
    rows = []
    for name, found in facts["benchmarks"].items():
        shared = sorted({tool for tools in found["tool_names_shared"].values() for tool in tools})
        listed = ", ".join(shared[:SHOWN]) + (", ..." if len(shared) > SHOWN else "")
        rows.append(
            (name, found["rows_with_13_words"], found["rows_with_8_words"], len(found["tool_names_shared"]), listed)
        )
    dealt = "were dropped" if facts["recipe"]["overlap"] == "drop" else "are flagged in `overlaps`"
    note = f"Rows with 13 words in a row {dealt}; rows with 8 are flagged in `overlaps`.\n"
    return f"{_table('## Overlap with benchmarks', header, rows)}\n{note}"


def _hygiene(facts: Json) -> str:
    tokens = facts["control_tokens"]
    text = (
        f"{tokens['neutralised']:,} control tokens of chat templates (such as `<|im_end|>`) in what users said, tools"
        f" answered or specifications say were neutralised, in {tokens['rows']:,} rows: the opening bracket is written"
        " `\\u003c` or `\\u005b`, and `agentgym.hygiene.restore` gives back the text. Rows with one in an"
        " assistant turn were dropped."
    )
    kept = "is kept under `reasoning_content`" if facts["recipe"]["reasoning"] else "is left out"
    thought = f"Models' reasoning was recorded in {facts['reasoning']['rows']:,} rows and {kept}."
    return f"## Control tokens and reasoning\n\n{fill(text, WIDTH)}\n\n{thought}\n"


def _provenance(facts: Json) -> str:
    made = [f"- {name} {number}" for name, number in facts["generator"].items()]
    made += [f"- `{name}` of the run: `{value}`" for name, value in facts["inputs"].items()]
    made += [f"- build {name}: `{value}`" for name, value in (facts["build"] or {}).items()]
    made += [f"- {name} of the export: {_plain(value)}" for name, value in facts["recipe"].items()]
    return "## Provenance\n\nDigests are BLAKE2b with 16 bytes.\n\n" + "\n".join(made) + "\n"


def _plain(value: Json) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, or "none". Text from specifications is shown, never read as markup."""
    lines = [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    if not lines:
        return f"{title}\n\nNone.\n"
    return "\n".join([title, "", f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines]) + "\n"


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
