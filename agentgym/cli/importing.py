"""The command that makes a domain from somebody's own tools and data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgym.cli.console import AsJson, Output

if TYPE_CHECKING:
    from agentgym.importing.report import Imported


def import_(
    tools: Annotated[Path, typer.Option(help="Function schemas as JSON: what an API takes as `tools`.")],
    state: Annotated[
        Path, typer.Option(help="The data: {collection: {key: document}}, or a folder with a JSON file a collection.")
    ],
    policy: Annotated[Path, typer.Option(help="The rules an agent is shown, as text.")],
    name: Annotated[str, typer.Option(help="What the domain is called, such as my_shop.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The domain folder to write.")],
    examples: Annotated[
        Path | None,
        typer.Option(help='Recorded calls, a sequence a line: {"calls": [{"name", "arguments", "output"}]}.'),
    ] = None,
    authored: Annotated[
        Path | None, typer.Option(help="Tools that you wrote: unbound.py of an earlier import, filled in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an environment of your own tools and data: JSON documents become tables, tools become code over them.

    A tool is bound only where rules can tell what it does: it shows a document, finds one, lists them, or sets members
    of one. Any other is left out, and the table says why. Recorded calls of the real system (--examples) settle what a
    name leaves open; each line starts from the same --state. What is still missing stands in OUT/unbound.py with its
    signature: write it, and import again with --authored.

    Before OUT is written, every document is read back from the tables and compared, and each tool is proven by laws on
    random calls. OUT/import.json holds the whole report.

    Exit codes: 0 at least one tool is bound, 1 none is, 2 the input cannot be used.

    Example: `agentgym import --tools tools.json --state db.json --policy policy.md --name my_shop --out envs/my_shop`

    Example: `agentgym import --tools tools.json --state data/ --policy policy.md --name my_shop --out envs/my_shop
    --examples calls.jsonl --authored my_tools.py`

    Then: `agentgym check --deep envs/my_shop`
    """
    from agentgym.importing.importing import Inputs, import_world

    talk = Output(as_json)
    report = import_world(Inputs(tools, state, policy, name, examples, authored), out)
    _tell(talk, report, out)
    talk.finish(report.model_dump(mode="json"), problems=not report.bound)


def _tell(talk: Output, report: Imported, out: Path) -> None:
    rows = [(one.name, one.rows, one.collection, ", ".join(one.refers)) for one in report.tables]
    talk.table(f"{len(rows)} tables", ("table", "rows", "collection", "refers to"), rows)
    talk.say(f"\n{report.read_back:,} of {report.documents:,} documents read back from them as they were.")
    if report.findings:
        odd = [(one.reason, one.place, one.count) for one in report.findings]
        talk.table("Worth knowing about the documents", ("what", "where", "documents"), odd)
    found = [(one.name, one.how, one.calls, one.does) for one in report.bound]
    talk.table(f"{len(found)} tools are bound", ("tool", "by", "recorded calls", "what it does"), found)
    if report.unbound:
        missing = [(one.name, one.reason, one.detail) for one in report.unbound]
        talk.table(f"{len(missing)} tools are not bound", ("tool", "why", "namely"), missing)
        talk.say(f"\nTo add them: write them in {out / 'unbound.py'}, and import again with --authored.")
    talk.say(f"\nThe domain is in {out}, and the whole report in {out / 'import.json'}.")
