"""Preconditions and consequences, read from a tool's description, its verb and the columns at hand.

"Only pending orders can be cancelled." is a guard; "The amount is taken from the account's balance." an
effect; a verb that consumes lowers the capacity of what it refers to, and the matching cancellation gives it
back. Each rule needs the column it speaks of to exist: words alone change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from agentgym.build.language import ACTS, CONSUMING, MONEY, participles, plural, sentences
from agentgym.build.schema import ToolView
from agentgym.build.uses import Lookup, noun_of
from agentgym.types import Column, Effect, Guard, Table, Use
from agentgym.world.naming import snake, words

_CAPACITY = ("stock", "available", "inventory", "in_stock", "remaining", "vacancies", "capacity_left", "open_slots")
_COUNTED = frozenset("quantity passengers tickets seats copies units rooms count".split())  # how many are taken
_TIMES = _COUNTED | frozenset(
    "nights days weeks months hours number_of_nights number_of_days".split()
)  # what a price is multiplied by
_PRICE = ("price", "fare", "rate", "fee", "cost", "premium")
_TOTAL = frozenset("total total_price total_amount total_cost amount total_fare cost".split())
_BALANCE = ("balance", "points", "credit", "miles")
_LOWERS = re.compile(r"\b(lower|reduc|decreas|deduct|subtract|consum|uses up|takes?\b|taken)", re.I)
_RAISES = re.compile(r"\b(rais|restor|return|releas|give|gives|add|increas|free)", re.I)
_TAKEN = re.compile(
    r"\b(taken|deducted|withdrawn|charged|paid|debited|subtracted|drawn)\b[^.]*\bfrom\b|\b(lowers|reduces|charges)\b",
    re.I,
)
_GIVEN = re.compile(
    r"\b(added|credited|deposited|paid|refunded|returned)\b[^.]*\b(to|into)\b|\b(raises|increases|credits)\b", re.I
)


_QUOTED = r"[`'\"]?([\w -]+?)[`'\"]?(?:[.,]| and\b|$)"

# -- status ----------------------------------------------------------------------------------------


def status_columns(table: Table) -> list[Column]:
    """The columns that hold a lifecycle: status first, then state and *_status."""
    closed = [
        column
        for column in table.columns
        if column.enum and snake(column.name).split("_")[-1] in ("status", "state", "stage", "phase")
    ]
    return sorted(closed, key=lambda column: (snake(column.name) != "status", column.name))


def initial(column: Column) -> str | None:
    """The value a new row starts with: the vendor's default, else the first of the enum."""
    if column.default is not None:
        return str(column.default)
    return column.enum[0] if column.enum else None


def status_target(view: ToolView, table: Table) -> tuple[Column, str] | None:
    """The status a verb moves its row to, if the table has such a value."""
    verb, name_words = view.reading.verb, words(view.spec.name)
    noun = re.escape(noun_of(table.name))
    said = re.findall(rf"(?:its|the {noun}'s|their) status to {_QUOTED}", view.spec.description, re.I)
    wanted = [*said, *sorted(participles(verb)), *ACTS.get(verb, ()), *name_words[1:]] if verb else said
    for column in status_columns(table):
        values = {_plain(value): value for value in column.enum}
        for word in wanted:
            if _plain(word) in values:
                return column, values[_plain(word)]
    return None


def flag_target(view: ToolView, table: Table) -> tuple[Column, bool] | None:
    """The boolean column a verb switches: archive -> archived, disable -> enabled = False."""
    verb = view.reading.verb
    opposite = {"disable": "enabled", "deactivate": "active", "unarchive": "archived", "unpublish": "published", "unlock": "locked",
                "unfreeze": "frozen", "unblock": "blocked", "unpause": "paused", "resume": "paused"}  # fmt: skip
    for column in table.columns:
        slot = snake(column.name).removeprefix("is_")
        if column.type == "bool" and slot in participles(verb) | set(ACTS.get(verb, ())):
            return column, True
        if column.type == "bool" and slot == opposite.get(verb):
            return column, False
    return None


def others_moved(view: ToolView, uses: Sequence[Use], look: Lookup) -> list[Effect]:
    """Statuses of rows that arguments refer to: "Sets the vehicle's status to `rented`."."""
    effects: list[Effect] = []
    for use in uses:
        if use.role != "reference":
            continue
        said = re.findall(rf"the {re.escape(noun_of(use.table))}'s status to {_QUOTED}", view.spec.description, re.I)
        for column in status_columns(look.tables[use.table])[:1]:
            values = [value for value in column.enum if said and _plain(value) == _plain(said[0])]
            effects += [
                Effect(of=use.parameter, table=use.table, column=column.name, op="set", value=value) for value in values
            ]
    return effects


def _plain(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


# -- guards ----------------------------------------------------------------------------------------


def guards_of(view: ToolView, uses: Sequence[Use], look: Lookup, moved: tuple[Column, str] | None) -> list[Guard]:
    """The tool's preconditions; for a status move without one, that the row is not there already."""
    guards: list[Guard] = []
    for sentence in sentences(view.spec.description):
        for words_said, noun in _conditions(sentence):
            guards += _guards_for(words_said, noun, view, uses, look)
    own = look.tables[view.entity]
    adjectives = view.reading.noun[:-1]
    if not guards and adjectives and _takes_own(uses):
        guards = [Guard(of="", table=own.name, column=column.name, test="in", values=values)
                  for column in status_columns(own) if (values := _values(column, adjectives))]  # fmt: skip
    if moved is not None and not any(guard.of == "" and guard.column == moved[0].name for guard in guards):
        final = [value for value in moved[0].enum if _plain(value) in _FINAL]
        values = tuple(dict.fromkeys((moved[1], *(final if moved[1] not in final or moved[1] == "cancelled" else ()))))
        guards.append(Guard(of="", table=own.name, column=moved[0].name, test="not_in", values=values))
    return _unique(guards)


_FINAL = frozenset("cancelled canceled deleted terminated expired closed completed archived".split())


def _conditions(sentence: str) -> Iterator[tuple[list[str], str]]:
    """(status words, noun) of "Only pending or processing orders can be ...", "The account must be active."."""
    found = re.match(r"only (?:an? )?(.+?) (?:can|may|could) be\b", sentence, re.I)
    if found:
        *said, noun = re.split(r"[\s,]+", found[1].replace("`", ""))
        yield [word for word in said if word not in ("or", "and")], noun
    found = re.match(r"(?:the |both |each |every )(.+?) must (?:still )?be (.+?)\.?$", sentence, re.I)
    if found:
        yield [word for word in re.split(r"[\s,]+", found[2].replace("`", "")) if word not in ("or", "and")], found[1]


def _guards_for(said: list[str], noun: str, view: ToolView, uses: Sequence[Use], look: Lookup) -> Iterator[Guard]:
    """Find the row a condition speaks of: the tool's own, or one an argument refers to."""
    own = look.tables[view.entity]
    nouns = {_plain(noun)}
    rows: list[tuple[str, Table]] = [("", own)] if _takes_own(uses) and _means(nouns, own.name) else []
    for use in uses:
        if use.role == "reference" and (
            _means(nouns, use.table) or _plain(noun) in _plain(use.parameter.removesuffix("_id"))
        ):
            rows.append((use.parameter, look.tables[use.table]))
        rows += [(f"{use.parameter}.{item.parameter}", look.tables[item.table]) for item in use.items
                 if item.role == "reference" and _means(nouns, item.table)]  # fmt: skip
    for of, table in rows:
        for column in status_columns(table):
            values = _values(column, said)
            if values:
                yield Guard(of=of, table=table.name, column=column.name, test="in", values=values)
                break


def _means(nouns: set[str], table: str) -> bool:
    noun = noun_of(table)
    last = noun.split()[-1]
    return bool(nouns & {_plain(noun), _plain(plural(noun)), _plain(last), _plain(plural(last))})


def _values(column: Column, said: Iterable[str]) -> tuple[str, ...]:
    """The enum values that words name, also across two words ("checked in")."""
    tokens = [_plain(word) for word in said]
    joined = set(tokens) | {first + second for first, second in zip(tokens, tokens[1:], strict=False)}
    return tuple(value for value in column.enum if _plain(value) in joined)


def _takes_own(uses: Sequence[Use]) -> bool:
    return any(use.role == "key" for use in uses)


def _unique(guards: list[Guard]) -> list[Guard]:
    out: list[Guard] = []
    for guard in guards:
        if guard not in out:
            out.append(guard)
    return out


# -- capacity --------------------------------------------------------------------------------------


def capacity_column(table: Table) -> Column | None:
    """The integer column that says how much of a row is left to take."""
    for column in table.columns:
        slot = snake(column.name)
        if column.type == "int" and (
            slot in _CAPACITY
            or slot.startswith("available_")
            or slot.endswith(("_available", "_in_stock", "_remaining"))
        ):
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
        amount = (of.rpartition(".")[0] + "." + counted.parameter).lstrip(".") if counted else ""
        guards.append(Guard(of=of, table=use.table, column=column.name, test="at_least", amount=amount))
        effects.append(
            Effect(
                of=of, table=use.table, column=column.name, op="subtract", value=None if amount else 1, amount=amount
            )
        )
    return guards, effects


def restitution(view: ToolView, own: Table, look: Lookup) -> list[Effect]:
    """A cancelling or returning tool gives back what the row had used up, when its description says so or its verb does."""
    effects: list[Effect] = []
    rows = [("own", own), *((child, look.tables[child]) for child in look.nested.get(own.name, {}).values())]
    for prefix, holder in rows:
        for link in holder.foreign_keys:
            column = capacity_column(look.tables[link.table])
            if column is None or link.table == own.name:
                continue
            if not _speaks(view.spec.description, column, _RAISES):
                continue
            counted = next(
                (held for held in holder.columns if snake(held.name) in _COUNTED and held.type == "int"), None
            )
            amount = f"{prefix}.{counted.name}" if counted else ""
            effects.append(
                Effect(
                    of=f"{prefix}.{link.column}",
                    table=link.table,
                    column=column.name,
                    op="add",
                    value=None if amount else 1,
                    amount=amount,
                )
            )
    return effects


def _references(uses: Sequence[Use]) -> Iterator[tuple[str, Use, Sequence[Use]]]:
    for use in uses:
        if use.role == "reference":
            yield use.parameter, use, uses
        for item in use.items:
            if item.role == "reference":
                yield f"{use.parameter}.{item.parameter}", item, use.items


def _speaks(description: str, column: Column, direction: re.Pattern[str]) -> bool:
    """Whether a sentence moves this column in a direction: "Lowers the flight's seats available by ..."."""
    named = set(words(column.name)) - {"available", "in"} or {"available"}
    return any(
        direction.search(sentence) and named & set(re.findall(r"[a-z]+", sentence.lower()))
        for sentence in sentences(description)
    )


# -- money -----------------------------------------------------------------------------------------


def balance_column(table: Table) -> Column | None:
    """The numeric column that money, points or data is kept in."""
    for column in table.columns:
        slot = snake(column.name)
        if column.type in ("int", "float") and (slot in _BALANCE or slot.endswith(("_balance", "_points"))):
            return column
    return None


def money_moves(view: ToolView, uses: Sequence[Use], look: Lookup) -> tuple[list[Guard], list[Effect]]:
    """Amounts taken from or given to balances, by the description's words, else by the verb."""
    own = look.tables[view.entity]
    amount = next(
        (
            use.parameter
            for use in uses
            if snake(use.parameter) in ("amount", "points", "miles") and use.role in ("set", "amount")
        ),
        "",
    )
    if not amount:
        due = next(
            (
                column
                for column in own.columns
                if snake(column.name) in ("amount", "amount_due", "total", "fee", "price") and _takes_own(uses)
            ),
            None,
        )
        amount = f"own.{due.name}" if due is not None and own_sign(view) else ""
    guards: list[Guard] = []
    effects: list[Effect] = []
    for position, (of, table) in enumerate(_holders(uses, own, look)):
        column = balance_column(table)
        sign = _sign(view, of, position)
        if column is None or not amount or not sign:
            continue
        if sign == "subtract":
            guards.append(Guard(of=of, table=table.name, column=column.name, test="at_least", amount=amount))
        effects.append(
            Effect(
                of=of, table=table.name, column=column.name, op="add" if sign == "add" else "subtract", amount=amount
            )
        )
    if len(effects) == 2 and effects[0].table == effects[1].table and all(effect.of for effect in effects):
        guards.insert(
            0, Guard(of=effects[1].of, table=effects[1].table, column="", test="differs", amount=effects[0].of)
        )
    return guards, effects


def own_sign(view: ToolView) -> str:
    """Which way the tool moves a balance, if it does: by its description, else by its verb."""
    text = view.spec.description
    taken, given = bool(_TAKEN.search(text)), bool(_GIVEN.search(text))
    if taken and given:
        return "transfer"
    return "subtract" if taken else "add" if given else MONEY.get(view.reading.verb, "")


def _holders(uses: Sequence[Use], own: Table, look: Lookup) -> list[tuple[str, Table]]:
    """Rows with a balance that the tool reaches: its own, and those its arguments refer to."""
    rows = [("", own)] if _takes_own(uses) else []
    rows += [(use.parameter, look.tables[use.table]) for use in uses if use.role == "reference"]
    return [(of, table) for of, table in rows if balance_column(table) is not None]


def _sign(view: ToolView, of: str, position: int) -> str:
    sign = own_sign(view)
    if sign != "transfer":
        return sign
    head = snake(of).split("_")[0]
    if head in ("from", "source", "sender", "payer") or head in ("to", "target", "destination", "recipient", "payee"):
        return "subtract" if head in ("from", "source", "sender", "payer") else "add"
    return "subtract" if position == 0 else "add"


# -- columns the server fills ----------------------------------------------------------------------


def totals(uses: Sequence[Use], own: Table, look: Lookup) -> list[Effect]:
    """Price times quantity, into the new row's total; for lines, each line's price and their sum."""
    taken = {use.column for use in uses if use.role == "set"} | {use.into for use in uses}
    effects: list[Effect] = []
    total = next(
        (
            column
            for column in own.columns
            if snake(column.name) in _TOTAL and column.type in ("int", "float") and column.name not in taken
        ),
        None,
    )
    for of, use, siblings in _references(uses):
        price = _price(look.tables[use.table])
        if price is None:
            continue
        prefix = of.rpartition(".")[0]
        counted = next((other for other in siblings if snake(other.parameter) in _TIMES), None)
        factors = [f"{of}.{price.name}", *([f"{prefix}.{counted.parameter}".lstrip(".")] if counted else ())]
        if prefix:
            child = look.tables[next(line.table for line in uses if line.parameter == prefix)]
            kept = next(
                (column for column in child.columns if column.type in ("int", "float") and _is_price(column)), None
            )
            effects += (
                [Effect(of=prefix, table=child.name, column=kept.name, op="set", amount=factors[0])] if kept else []
            )
        else:
            kept = next(
                (
                    column
                    for column in own.columns
                    if column.type in ("int", "float") and _is_price(column) and column is not total
                ),
                None,
            )
            effects += (
                [Effect(of="", table=own.name, column=kept.name, op="set", amount=factors[0])]
                if kept and kept.name not in taken
                else []
            )
        if total is not None:
            effects.append(
                Effect(
                    of="", table=own.name, column=total.name, op="add" if prefix else "set", amount="*".join(factors)
                )
            )
            total = None
    return effects


def _is_price(column: Column) -> bool:
    return snake(column.name).split("_")[-1] in _PRICE and not snake(column.name).startswith("total")


def _price(table: Table) -> Column | None:
    return next((column for column in table.columns if column.type in ("int", "float") and _is_price(column)), None)


def stamps(verb: str, own: Table, taken: set[str], created: bool) -> list[Effect]:
    """Times the server notes: created_at on a new row, cancelled_at on a cancelled one, updated_at on every write."""
    wanted = {"created_at", "updated_at", "created", "date_created", "date_updated", "created_on", "created_time", "create_time",
              "creation_date", "modified_at", "last_modified", "opened_at", "placed_at", "submitted_at", "booked_at", "requested_at",
              "ordered_at", "reported_at", "posted_at", "issued_at", "sent_at", "start_time_recorded"}  # fmt: skip
    after = {f"{form}_{end}" for form in participles(verb) for end in ("at", "on", "date", "time")}
    later = {"updated_at", "date_updated", "modified_at", "last_modified", "updated_on"}
    slots = (wanted | after) if created else (later | after)
    return [
        Effect(of="", table=own.name, column=column.name, op="set", amount="now")
        for column in own.columns
        if column.type == "str" and snake(column.name) in slots and column.name not in taken and not column.enum
    ]
