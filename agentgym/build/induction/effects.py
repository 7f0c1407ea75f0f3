"""What a write does to numbers and times besides storing its arguments: capacity, money, totals, stamps.

A verb that consumes lowers the capacity of what it refers to, and the matching cancellation gives it back; "The
amount is taken from the account's balance." moves money. Each rule needs the column it speaks of to exist: words
alone change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from agentgym.build.induction.schema import ToolView
from agentgym.build.induction.uses import Lookup, takes_own
from agentgym.build.semantics.language import CONSUMING, MONEY, participles, sentences
from agentgym.build.semantics.shapes import first_named, is_numeric
from agentgym.types import Column, Effect, Guard, Table, Use
from agentgym.world.naming import snake, words

_CAPACITY = ("stock", "available", "inventory", "in_stock", "remaining", "vacancies", "capacity_left", "open_slots")
_COUNTED = frozenset("quantity passengers tickets seats copies units rooms count".split())  # how many are taken
_SPANS = frozenset("nights days weeks months hours number_of_nights number_of_days".split())
_MULTIPLIERS = _COUNTED | _SPANS  # what a price is multiplied by
_PRICE = ("price", "fare", "rate", "fee", "cost", "premium")
_TOTAL = frozenset("total total_price total_amount total_cost amount total_fare cost".split())
_BALANCE = ("balance", "points", "credit", "miles")
_PAYER = ("from", "source", "sender", "payer")
_PAYEE = ("to", "target", "destination", "recipient", "payee")
_LOWERS = re.compile(r"\b(lower|reduc|decreas|deduct|subtract|consum|uses up|takes?\b|taken)", re.I)
_RAISES = re.compile(r"\b(rais|restor|return|releas|give|gives|add|increas|free)", re.I)
_TAKEN = re.compile(
    r"\b(taken|deducted|withdrawn|charged|paid|debited|subtracted|drawn)\b[^.]*\bfrom\b|\b(lowers|reduces|charges)\b",
    re.I,
)
_GIVEN = re.compile(
    r"\b(added|credited|deposited|paid|refunded|returned)\b[^.]*\b(to|into)\b|\b(raises|increases|credits)\b", re.I
)
_ON_CREATION = frozenset(
    (
        "created_at updated_at created date_created date_updated created_on created_time create_time creation_date "
        "modified_at last_modified opened_at placed_at submitted_at booked_at requested_at ordered_at reported_at "
        "posted_at issued_at sent_at start_time_recorded"
    ).split()
)
_ON_CHANGE = frozenset("updated_at date_updated modified_at last_modified updated_on".split())

# -- capacity ----------------------------------------------------------------------------------------


def capacity_column(table: Table) -> Column | None:
    """The integer column that says how much of a row is left to take."""
    for column in table.columns:
        slot = snake(column.name)
        left = slot.startswith("available_") or slot.endswith(("_available", "_in_stock", "_remaining"))
        if column.type == "int" and (slot in _CAPACITY or left):
            return column
    return None


def consumption(view: ToolView, uses: Sequence[Use], look: Lookup) -> tuple[list[Guard], list[Effect]]:
    """A creating tool that uses up what it refers to: enough must be left, and less is left afterwards."""
    guards: list[Guard] = []
    effects: list[Effect] = []
    for of, use, siblings in _references(uses):
        column = capacity_column(look.tables[use.table])
        if column is None or not (_speaks(view.spec.description, column, _LOWERS) or view.reading.verb in CONSUMING):
            continue
        counted = next((other for other in siblings if snake(other.parameter) in _COUNTED), None)
        amount = _beside(of, counted.parameter) if counted else ""
        guards.append(Guard(of=of, table=use.table, column=column.name, test="at_least", amount=amount))
        effects.append(_counted_move("subtract", of, use.table, column, amount))
    return guards, effects


def restitution(view: ToolView, own: Table, look: Lookup) -> list[Effect]:
    """A cancelling or returning tool gives back what the row had used up, when its description says so."""
    effects: list[Effect] = []
    rows = [("own", own), *((child, look.tables[child]) for child in look.nested.get(own.name, {}).values())]
    for prefix, holder in rows:
        counted = next((held for held in holder.columns if snake(held.name) in _COUNTED and held.type == "int"), None)
        amount = f"{prefix}.{counted.name}" if counted else ""
        for link in holder.foreign_keys:
            column = capacity_column(look.tables[link.table])
            if column is None or link.table == own.name or not _speaks(view.spec.description, column, _RAISES):
                continue
            effects.append(_counted_move("add", f"{prefix}.{link.column}", link.table, column, amount))
    return effects


def _counted_move(op: Literal["add", "subtract"], of: str, table: str, column: Column, amount: str) -> Effect:
    """By how many the row, its arguments or its lines say; by one where nothing says."""
    return Effect(of=of, table=table, column=column.name, op=op, value=None if amount else 1, amount=amount)


def _references(uses: Sequence[Use]) -> Iterator[tuple[str, Use, Sequence[Use]]]:
    """Each argument that names a row, also within lines, with the arguments that stand beside it."""
    for use in uses:
        if use.role == "reference":
            yield use.parameter, use, uses
        for item in use.items:
            if item.role == "reference":
                yield f"{use.parameter}.{item.parameter}", item, use.items


def _beside(of: str, parameter: str) -> str:
    """The operand for an argument that stands where ``of`` stands: top level, or the same lines."""
    prefix = of.rpartition(".")[0]
    return f"{prefix}.{parameter}" if prefix else parameter


def _speaks(description: str, column: Column, direction: re.Pattern[str]) -> bool:
    """Whether a sentence moves this column in a direction: "Lowers the flight's seats available by ..."."""
    named = set(words(column.name)) - {"available", "in"} or {"available"}
    return any(
        direction.search(sentence) and named & set(re.findall(r"[a-z]+", sentence.lower()))
        for sentence in sentences(description)
    )


# -- money -------------------------------------------------------------------------------------------


def balance_column(table: Table) -> Column | None:
    """The numeric column that money, points or data is kept in."""
    for column in table.columns:
        slot = snake(column.name)
        if is_numeric(column) and (slot in _BALANCE or slot.endswith(("_balance", "_points"))):
            return column
    return None


def money_moves(view: ToolView, uses: Sequence[Use], look: Lookup) -> tuple[list[Guard], list[Effect]]:
    """Amounts taken from or given to balances, by the description's words, else by the verb."""
    own = look.tables[view.entity]
    amount = _amount_moved(view, uses, own)
    guards: list[Guard] = []
    effects: list[Effect] = []
    for position, (of, table, column) in enumerate(_holders(uses, own, look)):
        sign = _sign(view, of, position)
        if not amount or not sign:
            continue
        if sign == "subtract":
            guards.append(Guard(of=of, table=table, column=column.name, test="at_least", amount=amount))
        op: Literal["add", "subtract"] = "add" if sign == "add" else "subtract"
        effects.append(Effect(of=of, table=table, column=column.name, op=op, amount=amount))
    if len(effects) == 2 and effects[0].table == effects[1].table and all(effect.of for effect in effects):
        first, second = effects
        guards.insert(0, Guard(of=second.of, table=second.table, column="", test="differs", amount=first.of))
    return guards, effects


def _amount_moved(view: ToolView, uses: Sequence[Use], own: Table) -> str:
    """The operand for how much moves: an argument, else what the tool's own row says is due; "" for nothing."""
    for use in uses:
        if snake(use.parameter) in ("amount", "points", "miles") and use.role in ("set", "amount"):
            return use.parameter
    due = first_named(own.columns, "amount", "amount_due", "total", "fee", "price") if takes_own(uses) else None
    return f"own.{due.name}" if due is not None and _direction(view) else ""


def _direction(view: ToolView) -> str:
    """Which way the tool moves a balance, if it does: by its description, else by its verb."""
    text = view.spec.description
    taken, given = bool(_TAKEN.search(text)), bool(_GIVEN.search(text))
    if taken and given:
        return "transfer"
    return "subtract" if taken else "add" if given else MONEY.get(view.reading.verb, "")


def _holders(uses: Sequence[Use], own: Table, look: Lookup) -> list[tuple[str, str, Column]]:
    """(of, table, balance) of the rows with a balance that the tool reaches: its own, and those arguments name."""
    rows = [("", own)] if takes_own(uses) else []
    rows += [(use.parameter, look.tables[use.table]) for use in uses if use.role == "reference"]
    return [(of, table.name, column) for of, table in rows if (column := balance_column(table)) is not None]


def _sign(view: ToolView, of: str, position: int) -> str:
    direction = _direction(view)
    if direction != "transfer":
        return direction
    head = snake(of).split("_")[0]
    if head in _PAYER or head in _PAYEE:
        return "subtract" if head in _PAYER else "add"
    return "subtract" if position == 0 else "add"


# -- columns the server fills ------------------------------------------------------------------------


def totals(uses: Sequence[Use], own: Table, look: Lookup) -> list[Effect]:
    """Price times quantity, into the new row's total; for lines, each line's price and their sum."""
    taken = {use.column for use in uses if use.role == "set"} | {use.into for use in uses}
    free = [column for column in own.columns if is_numeric(column) and column.name not in taken]
    total = first_named(free, *_TOTAL)
    unfilled = total
    effects: list[Effect] = []
    for of, use, siblings in _references(uses):
        price = _price(look.tables[use.table].columns)
        if price is None:
            continue
        lines = of.rpartition(".")[0]
        factor = f"{of}.{price.name}"
        if lines:
            child = look.tables[next(line.table for line in uses if line.parameter == lines)]
            kept = _price(child.columns)
            effects += [Effect(of=lines, table=child.name, column=kept.name, op="set", amount=factor)] if kept else []
        else:
            kept = _price(column for column in own.columns if column is not total)
            if kept is not None and kept.name not in taken:
                effects.append(Effect(of="", table=own.name, column=kept.name, op="set", amount=factor))
        if unfilled is not None:
            counted = next((other for other in siblings if snake(other.parameter) in _MULTIPLIERS), None)
            amount = f"{factor}*{_beside(of, counted.parameter)}" if counted else factor
            op: Literal["add", "set"] = "add" if lines else "set"
            effects.append(Effect(of="", table=own.name, column=unfilled.name, op=op, amount=amount))
            unfilled = None
    return effects


def _price(columns: Iterable[Column]) -> Column | None:
    """The first numeric column that is the price of one."""
    for column in columns:
        slot = snake(column.name)
        if is_numeric(column) and slot.split("_")[-1] in _PRICE and not slot.startswith("total"):
            return column
    return None


def stamps(verb: str, own: Table, taken: set[str], created: bool) -> list[Effect]:
    """Times the server notes: created_at on a new row, cancelled_at on a cancelled one, updated_at on every write."""
    after = {f"{form}_{end}" for form in participles(verb) for end in ("at", "on", "date", "time")}
    slots = after | (_ON_CREATION if created else _ON_CHANGE)
    return [
        Effect(of="", table=own.name, column=column.name, op="set", amount="now")
        for column in own.columns
        if column.type == "str" and snake(column.name) in slots and column.name not in taken and not column.enum
    ]
