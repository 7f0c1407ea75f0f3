"""A domain that does with rows and sessions what the dialect allows and no sane tool would, to compare worlds on.

Tools whose name begins with ``bad_`` break on the stock session too: both worlds must say so in the same words.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from agentgym.types import Domain, Json, Schema, ToolSpec

SCHEMA = '''
"""Tables of the torture domain."""

from sqlalchemy import JSON
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Owner(Base, table=True):
    """Who owns things."""

    __tablename__ = "owner"
    key: str = Field(primary_key=True)
    name: str
    rank: int = 0


class Thing(Base, table=True):
    """A column of every type, and of odd names."""

    __tablename__ = "thing"
    id: int = Field(primary_key=True)
    name: str
    price: float | None = None
    amount: int | None = None
    live: bool | None = None
    tags: list | None = Field(default=None, sa_type=JSON)
    extra: dict | None = Field(default=None, sa_type=JSON)
    code: str | None = Field(default=None, unique=True)
    count: int | None = None
    items: list | None = Field(default=None, sa_type=JSON)
    from_: str | None = Field(default=None, sa_column_kwargs={"name": "from"})
    owner: str | None = Field(default=None, foreign_key="owner.key")


class Line(Base, table=True):
    """A table and columns whose names are words of SQL."""

    __tablename__ = "order"
    group: int = Field(primary_key=True)
    thing_id: int = Field(foreign_key="thing.id", index=True)
    select_: str | None = Field(default=None, sa_column_kwargs={"name": "select"})
    index: int | None = None


class Log(Base, table=True):
    """Defaults of every type."""

    __tablename__ = "log"
    id: int = Field(primary_key=True)
    text: str
    kind: str = "note"
    flag: bool = Field(default=False)
    notes: list = Field(default=[], sa_type=JSON)
'''

_HEAD = '''
"""Tools of the torture domain."""

from typing import Any, Literal

from sqlmodel import Session, and_, col, not_, or_, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Line, Log, Owner, Thing

'''

_READS = """
def get_thing(session: Session, id: Any) -> Any:
    return session.get(Thing, id)

def get_one_thing(session: Session, id: int) -> Any:
    if session.get(Thing, id) is None:
        raise ToolError(f"thing {id!r} not found")
    return session.get_one(Thing, id)

def bad_get_one(session: Session) -> Any:
    return session.get_one(Thing, 404)

def get_the_same_twice(session: Session, id: int) -> Any:
    one = session.get(Thing, id)
    two = session.get(Thing, id)
    found = session.exec(select(Thing).where(Thing.id == id)).first()
    return [one == two, one is two, one is found, one != found, one in [two], [one, two].index(found)]

def get_owner(session: Session, key: Any) -> Any:
    return session.get(Owner, key)

def compare_unequal_rows(session: Session) -> Any:
    rows = session.exec(select(Thing).order_by(Thing.id)).all()
    return [[a == b for a in rows] for b in rows]

def all_kinds_of_one(session: Session, id: int) -> Any:
    query = select(Thing).where(Thing.id == id)
    some = session.exec(query).first()
    none = session.exec(query).one_or_none()
    return {"first": some, "one_or_none": none, "all": session.exec(query).all()}

def bad_one_of_none(session: Session) -> Any:
    return session.exec(select(Thing).where(Thing.id == 404)).one()

def bad_one_of_many(session: Session) -> Any:
    return session.exec(select(Thing)).one()

def bad_one_or_none_of_many(session: Session) -> Any:
    return session.exec(select(Thing)).one_or_none()

def bad_first_twice(session: Session) -> Any:
    result = session.exec(select(Thing).order_by(Thing.id))
    return [result.first(), result.first()]

def all_twice(session: Session) -> Any:
    result = session.exec(select(Thing.id).order_by(Thing.id))
    return [result.all(), result.all(), list(result)]

def partly_consumed(session: Session) -> Any:
    result = session.exec(select(Thing.id).order_by(Thing.id))
    for number in result:
        if number == 2:
            break
    return [number, list(result)]

def one_column(session: Session) -> Any:
    return session.exec(select(Thing.name).order_by(Thing.name)).all()

def two_columns(session: Session) -> Any:
    rows = session.exec(select(Thing.id, Thing.name).order_by(Thing.id)).all()
    row = rows[0]
    number, name = row
    pairs = [f"{a}-{b}" for a, b in rows]
    return [rows, row, row[0], row[-1], row[0:2], len(row), number, name, row.name, row.id, pairs, f"{row}", list(row)]

def rows_are_tuples(session: Session) -> Any:
    rows = session.exec(select(Thing.amount, Thing.live).where(Thing.amount != None).order_by(Thing.id)).all()
    return [isinstance(rows[0], tuple), rows[0] == (1, True), rows[0] in rows, len({row for row in rows}), sorted(rows)]

def row_as_dict(session: Session) -> Any:
    return dict(session.exec(select(Owner.key, Owner.rank).order_by(Owner.key)).all())

def bad_row_with_method_names(session: Session) -> Any:
    row = session.exec(select(Thing.count, Thing.items).where(Thing.id == 1)).first()
    return [row[0], row[1], row.count(5), row.index(5)]

def renamed_column(session: Session) -> Any:
    row = session.exec(select(Thing.id, Thing.from_).where(Thing.from_ != None).order_by(Thing.id)).first()
    return [row, row[1], session.exec(select(Thing.from_).order_by(Thing.from_)).all()]

def renamed_column_by_attribute(session: Session) -> Any:
    return session.exec(select(Thing.id, Thing.from_)).first().from_

def row_and_column(session: Session) -> Any:
    query = select(Thing, Owner.name).where(Thing.owner == Owner.key).order_by(Thing.id)
    return [[thing.name, name] for thing, name in session.exec(query)]

def two_models(session: Session) -> Any:
    query = select(Thing, Owner).where(Thing.owner == Owner.key, Owner.rank > 0).order_by(Thing.id)
    return [nest(thing, owned_by=owner) for thing, owner in session.exec(query).all()]

def cross_join(session: Session) -> Any:
    return len(session.exec(select(Owner.key, Log.id)).all())

def json_columns(session: Session) -> Any:
    return session.exec(select(Thing.tags, Thing.extra, Thing.live).order_by(Thing.id)).all()

def equal(session: Session, value: Any) -> Any:
    return {
        "name": session.exec(select(Thing.id).where(Thing.name == value).order_by(Thing.id)).all(),
        "amount": session.exec(select(Thing.id).where(Thing.amount == value).order_by(Thing.id)).all(),
        "price": session.exec(select(Thing.id).where(Thing.price == value).order_by(Thing.id)).all(),
        "owner": session.exec(select(Thing.id).where(Thing.owner != value).order_by(Thing.id)).all(),
        "reversed": session.exec(select(Thing.id).where(value == Thing.count).order_by(Thing.id)).all(),
    }

def equal_bool(session: Session, value: bool | None = None) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.live == value).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.live != value).order_by(Thing.id)).all(),
    ]

def equal_true(session: Session) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.live == True).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.live).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(~Thing.live).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(not_(Thing.live)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.live.is_(True)).order_by(Thing.id)).all(),
    ]

def equal_number_as_bool(session: Session) -> Any:
    return session.exec(select(Thing.id).where(Thing.live == 2)).all()

def nulls(session: Session) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.price == None).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.price != None).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.price.is_(None)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.price.is_not(None)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.tags == None).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.tags.is_(None)).order_by(Thing.id)).all(),
    ]

def compare_bounds(session: Session, low: float | None = None, high: float | None = None) -> Any:
    query = select(Thing)
    if low is not None:
        query = query.where(Thing.price >= low)
    if high is not None:
        query = query.where(high > Thing.price)
    return [thing.price for thing in session.exec(query.order_by(Thing.price.desc(), Thing.id.desc()))]

def bad_compare_with_null(session: Session) -> Any:
    return session.exec(select(Thing).where(Thing.price >= None)).all()

def within(session: Session, ids: list[Any]) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.id.in_(ids)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.id.not_in(ids)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(col(Thing.count).in_(ids)).order_by(Thing.id)).all(),
    ]

def within_texts(session: Session, names: list[str]) -> Any:
    return session.exec(select(Thing.id).where(Thing.name.in_(names)).order_by(Thing.id)).all()

def within_query(session: Session) -> Any:
    keys = select(Owner.key).where(Owner.rank > 0)
    return session.exec(select(Thing.id).where(Thing.owner.in_(keys)).order_by(Thing.id)).all()

def between(session: Session, low: Any, high: Any) -> Any:
    return session.exec(select(Thing.id).where(Thing.amount.between(low, high)).order_by(Thing.id)).all()

def junctions(session: Session, amount: int, name: str) -> Any:
    one, two = Thing.amount > amount, Thing.name == name
    return [
        session.exec(select(Thing.id).where(or_(one, two)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(and_(one, not_(two))).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(~(one & two)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where((one | two) & ~one).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(one, two).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(or_(and_(one, two), Thing.owner == None)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(not_(or_(one, two, Thing.live))).order_by(Thing.id)).all(),
    ]

def constants(session: Session) -> Any:
    return [
        session.exec(select(Thing.id).where(True).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(False).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where().order_by(Thing.id)).all(),
    ]

def arithmetic(session: Session, amount: int) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.amount + 1 > amount).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.price * 2 >= Thing.amount).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.amount / 2 == 0.5).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.amount // 2 == 0).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(-Thing.amount < amount).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name + "!" == "lamp!").order_by(Thing.id)).all(),
        session.exec(select(Thing.id, Thing.amount * 2).order_by(Thing.id)).all(),
    ]

def compare_columns(session: Session) -> Any:
    return session.exec(select(Thing.id).where(Thing.count >= Thing.amount).order_by(Thing.id)).all()

def search(session: Session, text: str) -> Any:
    return [
        session.exec(select(Thing.id).where(Thing.name.contains(text)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name.contains(text, autoescape=True)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name.icontains(text, autoescape=True)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name.startswith(text, autoescape=True)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name.endswith(text)).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(Thing.name.contains(text, escape="/")).order_by(Thing.id)).all(),
        session.exec(select(Thing.id).where(~Thing.name.contains(text)).order_by(Thing.id)).all(),
    ]

def search_json(session: Session, text: str) -> Any:
    return session.exec(select(Thing.id).where(Thing.extra["colour"] == text).order_by(Thing.id)).all()

def search_equal_json(session: Session, tags: list[Any]) -> Any:
    return session.exec(select(Thing.id).where(Thing.tags == tags).order_by(Thing.id)).all()

def ordered(session: Session) -> Any:
    return [
        session.exec(select(Thing.id).order_by(Thing.live.desc(), Thing.price.desc())).all(),
        session.exec(select(Thing.id).order_by(Thing.live).order_by(Thing.id.desc())).all(),
        session.exec(select(Thing.id).order_by(col(Thing.owner).asc(), Thing.name.asc())).all(),
        session.exec(select(Thing.id).order_by(Thing.tags, Thing.id)).all(),
        session.exec(select(Thing.id).order_by(Thing.price * -1, Thing.id)).all(),
        session.exec(select(Thing.id)).all(),
        [thing.id for thing in session.exec(select(Thing))],
        session.exec(select(Thing.price)).all(),
    ]

def paged(session: Session, limit: int | None = None, offset: int | None = None) -> Any:
    query = select(Thing.id).order_by(Thing.id)
    late = query.limit(limit).offset(offset).where(Thing.id != 2)
    early = query.where(Thing.id != 2).limit(limit).offset(offset)
    return [session.exec(late).all(), session.exec(early).all(), session.exec(query.limit(1).limit(3)).all()]

def offset_without_limit(session: Session, offset: int) -> Any:
    return session.exec(select(Thing.id).order_by(Thing.id).offset(offset)).all()

def distinct_values(session: Session) -> Any:
    return [
        sorted(str(value) for value in session.exec(select(Thing.owner).distinct())),
        session.exec(select(Thing.live, Thing.owner).distinct().order_by(Thing.live, Thing.owner)).all(),
        len(session.exec(select(Thing).distinct()).all()),
    ]

def sums(session: Session) -> Any:
    things = session.exec(select(Thing).order_by(Thing.id)).all()
    total = sum(thing.price * thing.amount for thing in things if thing.price and thing.amount)
    return [round(total, 2), max(thing.id for thing in things), any(thing.live for thing in things), len(things)]

def nested_loops(session: Session) -> Any:
    found = []
    for owner in session.exec(select(Owner).order_by(Owner.key)):
        for thing in session.exec(select(Thing).where(Thing.owner == owner.key).order_by(Thing.id)):
            for line in session.exec(select(Line).where(Line.thing_id == thing.id).order_by(Line.group.desc())):
                found.append(f"{owner.name}/{thing.name}/{line.group}/{line.select_}")
    return found

def row_as_text(session: Session) -> Any:
    return [f"{session.get(Thing, 1)}", str(session.get(Owner, "ann")), f"{session.get(Thing, 404)}"]

def row_as_pairs(session: Session) -> Any:
    return [list(session.get(Owner, "ann")), dict(session.get(Thing, 1))]

def is_a(session: Session, id: int) -> Any:
    thing = session.get(Thing, id)
    return [isinstance(thing, Thing), isinstance(thing, Owner), isinstance(thing, (Thing, Owner)), bool(thing)]

def bad_rows_in_a_set(session: Session) -> Any:
    return len({thing for thing in session.exec(select(Thing))})

def bad_sorted_rows(session: Session) -> Any:
    return sorted(session.exec(select(Thing)))

def bad_length_of_a_row(session: Session) -> Any:
    return len(session.get(Thing, 1))

def bad_index_of_a_row(session: Session) -> Any:
    return session.get(Thing, 1)[0]

def bad_attribute_of_another(session: Session) -> Any:
    return session.get(Thing, 1).rank

def bad_attribute_of_none(session: Session) -> Any:
    return session.get(Thing, 404).name

def columns_that_are_methods(session: Session, id: int) -> Any:
    thing = session.get(Thing, id)
    return [thing.count, thing.items, [line.index for line in session.exec(select(Line).where(Line.thing_id == id))]]

def nested_rows(session: Session) -> Any:
    owner = session.get(Owner, "ann")
    mine = select(Thing).where(Thing.owner == owner.key).order_by(Thing.id)
    return nest(owner, name="another", things=session.exec(mine).all(), first=session.exec(mine).first())

def values_of_methods(session: Session, id: int) -> Any:
    thing = session.get(Thing, id)
    if thing is None or not thing.extra:
        return None
    words = thing.name.upper().lower().split("a")
    return [words, sorted(thing.extra.keys()), thing.extra.get("size"), f"{thing.price:,.2f}"]

def bad_result(session: Session) -> Any:
    return session.exec(select(Thing))

def bad_query_as_result(session: Session) -> Any:
    return select(Thing)

def bad_model_as_result(session: Session) -> Any:
    return [Thing]

def bad_column_as_result(session: Session) -> Any:
    return {"name": Thing.name}

def clause_as_truth(session: Session) -> Any:
    return [bool(Thing.id == 1), bool(Thing.id == Thing.id)]

def bad_division(session: Session) -> Any:
    return session.get(Thing, 1).price / 0

def bad_text_for_a_query(session: Session) -> Any:
    return session.exec("SELECT 1").all()

def bad_unpacking(session: Session) -> Any:
    one, two, three = session.exec(select(Thing.id, Thing.name)).first()
    return one

def bad_read_that_writes(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.name = "changed"
    session.add(thing)
    return thing

def bad_read_that_writes_and_undoes(session: Session) -> Any:
    session.add(Log(id=77, text="gone"))
    session.flush()
    session.delete(session.get(Log, 77))

def read_that_only_touches(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.name = thing.name
    thing.tags.append("untracked")
    session.add(thing)
    return thing

def too_much(session: Session) -> Any:
    return [session.exec(select(Thing)).all() for number in list("x" * 3 + "y") for more in list("a,b,c".split(","))]

def refusal(session: Session, text: str) -> Any:
    raise ToolError(f"no {text} for {session.get(Thing, 1).name!r}")
"""
_READS = _READS.replace('list("x" * 3 + "y")', 'list("xxxy")')

_WRITES = """
def set_text(session: Session, id: int, name: str) -> Any:
    thing = session.get(Thing, id)
    if thing is None:
        raise ToolError(f"no thing {id}")
    thing.name = name
    return thing

def set_number(session: Session, id: int, price: Any) -> Any:
    thing = session.get(Thing, id)
    thing.price = price
    session.add(thing)
    session.flush()
    return [thing.price, session.exec(select(Thing.price).where(Thing.id == id)).one(), session.get(Thing, id)]

def set_amount(session: Session, id: int, amount: Any) -> Any:
    thing = session.get(Thing, id)
    thing.amount = amount
    return [thing.amount, session.exec(select(Thing.id).where(Thing.amount == amount)).all(), thing]

def set_name(session: Session, name: Any) -> Any:
    thing = session.get(Thing, 1)
    thing.name = name
    return [thing, session.exec(select(Thing.name).where(Thing.id == 1)).one()]

def set_live(session: Session, live: Any) -> Any:
    thing = session.get(Thing, 1)
    thing.live = live
    return [thing, session.exec(select(Thing.live).where(Thing.id == 1)).one()]

def set_equal(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.price = 10
    thing.amount = True
    thing.name = thing.name + ""
    session.add(thing)
    return [thing, session.exec(select(Thing).where(Thing.id == 1)).one(), thing.price]

def set_and_set_back(session: Session) -> Any:
    thing = session.get(Thing, 1)
    name = thing.name
    thing.name = "other"
    thing.name = name
    return thing

def set_and_flush_and_set_back(session: Session) -> Any:
    thing = session.get(Thing, 1)
    name = thing.name
    thing.name = "other"
    session.flush()
    thing.name = name
    return thing

def grow(session: Session, id: int) -> Any:
    thing = session.get(Thing, id)
    thing.amount += 1
    thing.price = round(thing.price * 1.1, 2)
    return thing

def bad_grow_null(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.name = "lost"
    thing_4 = session.get(Thing, 4)
    thing_4.price += 1

def set_key(session: Session, id: int, key: int) -> Any:
    thing = session.get(Thing, id)
    if thing is None:
        raise ToolError(f"no thing {id}")
    thing.id = key
    before = session.get(Thing, key)
    session.flush()
    return [before, session.get(Thing, key), session.get(Thing, id), thing]

def set_key_of_owner(session: Session, rename: bool) -> Any:
    owner = session.get(Owner, "ann")
    things = session.exec(select(Thing).where(Thing.owner == "ann")).all()
    owner.key = "anna"
    if rename:
        for thing in things:
            thing.owner = "anna"
    return [owner, things]

def swap_unique(session: Session) -> Any:
    one, two = session.get(Thing, 1), session.get(Thing, 2)
    code = one.code
    one.code = two.code
    two.code = code
    return [one, two]

def swap_unique_by_way_of_null(session: Session) -> Any:
    one, two = session.get(Thing, 1), session.get(Thing, 2)
    code = one.code
    one.code = None
    session.flush()
    one.code, two.code = two.code, None
    session.flush()
    two.code = code
    return [one, two]

def take_unique(session: Session, code: str | None = None) -> Any:
    thing = session.get(Thing, 3)
    thing.code = code
    return thing

def set_nothing(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.name = None

def bad_set_unknown(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.rank = 3

def bad_set_list_as_text(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.name = ["a"]

def bad_set_row_as_value(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.name = thing

def set_huge(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.amount = 9223372036854775807 + 1

def set_list(session: Session, tags: Any) -> Any:
    thing = session.get(Thing, 1)
    thing.tags = tags
    session.flush()
    return [thing, session.exec(select(Thing.tags).where(Thing.id == 1)).one()]

def bad_set_no_json(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.tags = [{1, 2}]

def append_in_place(session: Session, tag: str) -> Any:
    thing = session.get(Thing, 1)
    thing.tags.append(tag)
    session.add(thing)
    session.flush()
    return [thing, session.get(Thing, 1).tags, session.exec(select(Thing).where(Thing.id == 1)).one().tags]

def append_in_place_and_set(session: Session, tag: str) -> Any:
    thing = session.get(Thing, 1)
    tags = thing.tags
    tags.append(tag)
    thing.tags = tags
    return thing

def append_to_a_copy(session: Session, tag: str) -> Any:
    thing = session.get(Thing, 1)
    thing.tags = thing.tags + [tag]
    return thing

def append_to_a_list_copy(session: Session, tag: str) -> Any:
    thing = session.get(Thing, 1)
    tags = list(thing.tags)
    tags.append(tag)
    thing.tags = tags
    tags.append("after")
    return thing

def set_inside(session: Session, colour: str) -> Any:
    thing = session.get(Thing, 1)
    thing.extra["colour"] = colour
    thing.name = "inside"
    return [thing, session.exec(select(Thing.extra).where(Thing.id == 1)).one()]

def set_copy_inside(session: Session, colour: str) -> Any:
    thing = session.get(Thing, 1)
    extra = dict(thing.extra)
    extra["colour"] = colour
    extra["inner"]["deep"] = colour
    thing.extra = extra
    return thing

def set_equal_json(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.tags = list(thing.tags)
    thing.extra = {"size": 1.0, "inner": {"deep": True}, "colour": "red"}
    return thing

def keep_the_argument(session: Session, extra: dict[str, Any]) -> Any:
    thing = session.get(Thing, 2)
    thing.extra = extra
    session.flush()
    extra["later"] = True
    return [thing, extra]

def keep_the_argument_unflushed(session: Session, extra: dict[str, Any]) -> Any:
    thing = session.get(Thing, 2)
    thing.extra = extra
    extra["later"] = True
    return thing

def share_a_list(session: Session) -> Any:
    one, two = session.get(Thing, 1), session.get(Thing, 2)
    two.tags = one.tags
    session.flush()
    one.tags.append("shared")
    two.tags = two.tags + ["own"]
    return [one, two]

def add(session: Session, name: str) -> Any:
    thing = Thing(id=new_id(session, Thing), name=name)
    session.add(thing)
    return thing

def add_with_own_key(session: Session, id: int) -> Any:
    session.add(Thing(id=id, name="mine", price=1, live=1, tags=(), owner="bob"))
    return session.exec(select(Thing).where(Thing.id == id)).first()

def add_without_key(session: Session) -> Any:
    logs = [Log(text="one"), Log(text="two", notes=["x"]), Log(text="three", flag=True)]
    for log in logs:
        session.add(log)
    before = [log.id for log in logs]
    session.flush()
    return [before, logs]

def add_without_text_key(session: Session) -> Any:
    session.add(Owner(name="nobody"))

def add_without_name(session: Session) -> Any:
    thing = Thing(id=50)
    session.add(thing)
    return thing.name

def unset_attributes(session: Session) -> Any:
    thing = Thing(id=50)
    return [thing.name, thing.price, thing.id]

def defaults(session: Session) -> Any:
    one, two = Log(id=60, text="one"), Log(id=61, text="two")
    one.notes.append("only one's")
    session.add(one)
    session.add(two)
    return [one, two]

def add_unknown_column(session: Session) -> Any:
    owner = Owner(key="una", name="Una", amount=3)
    session.add(owner)
    return owner

def bad_add_positional(session: Session) -> Any:
    session.add(Owner("una"))

def never_added(session: Session) -> Any:
    return Owner(key="una", name="Una", rank="high")

def add_twice(session: Session) -> Any:
    owner = Owner(key="tim", name="Tim")
    session.add(owner)
    session.add(owner)
    session.flush()
    session.add(owner)
    return session.exec(select(Owner).order_by(Owner.key)).all()

def add_same_key_twice(session: Session) -> Any:
    session.add(Owner(key="tim", name="Tim"))
    session.add(Owner(key="tim", name="Tom"))

def add_key_that_is_held(session: Session) -> Any:
    old = session.get(Owner, "ann")
    session.add(Owner(key="ann", name=old.name + "!"))

def add_key_that_is_taken(session: Session) -> Any:
    session.add(Owner(key="ann", name="x"))

def add_without_flush_and_get(session: Session) -> Any:
    session.add(Owner(key="tim", name="Tim"))
    found = session.get(Owner, "tim")
    listed = session.exec(select(Owner).where(Owner.key == "tim")).first()
    return [found, listed, session.get(Owner, "tim")]

def add_and_count_on(session: Session, count: int) -> Any:
    keys = []
    for name in "a,b,c,d".split(",")[0:count]:
        thing = Thing(id=new_id(session, Thing), name=name)
        session.add(thing)
        keys.append(thing.id)
    return [keys, new_id(session, Owner), new_id(session, Log), new_id(session, Line)]

def add_parents_last(session: Session) -> Any:
    session.add(Line(group=90, thing_id=91, select_="x"))
    session.add(Thing(id=91, name="late", owner="late"))
    session.add(Owner(key="late", name="Late"))
    return session.get(Line, 90)

def add_parents_last_by_flush(session: Session) -> Any:
    session.add(Line(group=90, thing_id=91, select_="x"))
    session.flush()
    session.add(Thing(id=91, name="late"))

def add_orphan(session: Session) -> Any:
    session.add(Line(group=90, thing_id=404))

def add_many_orders(session: Session) -> Any:
    for number in (95, 92, 94, 93):
        session.add(Log(id=number, text=f"{number:05d}"))
        session.add(Owner(key=f"o{number}", name="x"))
    return session.exec(select(Log.id)).all()

def add_in_a_list(session: Session) -> Any:
    made = [Owner(key=key, name=key) for key in ("z", "y")]
    for owner in made:
        session.add(owner)
    first = made[0]
    first.rank = 5
    return made

def remove(session: Session, id: int) -> Any:
    thing = session.get(Thing, id)
    if thing is None:
        raise ToolError(f"no thing {id}")
    session.delete(thing)
    return thing

def remove_and_get(session: Session) -> Any:
    log = session.get(Log, 1)
    session.delete(log)
    before = session.get(Log, 1)
    listed = session.exec(select(Log.id)).all()
    return [before, listed, session.get(Log, 1), log.text, log]

def remove_and_add_again(session: Session) -> Any:
    session.delete(session.get(Log, 1))
    session.add(Log(id=1, text="again"))
    return session.exec(select(Log).order_by(Log.id)).all()

def remove_and_flush_and_add_again(session: Session) -> Any:
    session.delete(session.get(Log, 1))
    session.flush()
    session.add(Log(id=1, text="again", kind="new"))
    session.flush()
    return session.get(Log, 1)

def remove_and_add_the_same(session: Session) -> Any:
    log = session.get(Log, 1)
    session.delete(log)
    session.add(log)
    log.text = "stays"
    return log

def bad_remove_and_flush_and_add_the_same(session: Session) -> Any:
    log = session.get(Log, 1)
    session.delete(log)
    session.flush()
    session.add(log)

def remove_twice(session: Session) -> Any:
    log = session.get(Log, 2)
    session.delete(log)
    session.delete(log)
    return session.exec(select(Log.id)).all()

def bad_remove_new(session: Session) -> Any:
    log = Log(id=70, text="new")
    session.add(log)
    session.delete(log)

def add_and_remove(session: Session) -> Any:
    log = Log(id=70, text="new")
    session.add(log)
    session.flush()
    session.delete(log)
    return session.exec(select(Log.id)).all()

def remove_changed(session: Session) -> Any:
    log = session.get(Log, 1)
    log.text = "changed"
    session.delete(log)
    log.text = "changed again"
    return log

def change_removed(session: Session) -> Any:
    log = session.get(Log, 1)
    session.delete(log)
    session.flush()
    log.text = "too late"
    return [log.text, session.exec(select(Log.id)).all()]

def remove_parent(session: Session) -> Any:
    session.delete(session.get(Owner, "ann"))

def remove_parent_and_children(session: Session) -> Any:
    owner = session.get(Owner, "ann")
    session.delete(owner)
    for thing in session.exec(select(Thing).where(Thing.owner == "ann")):
        for line in session.exec(select(Line).where(Line.thing_id == thing.id)):
            session.delete(line)
        session.delete(thing)
    return owner

def remove_while_reading(session: Session) -> Any:
    seen = []
    for log in session.exec(select(Log).order_by(Log.id)):
        seen.append(log.id)
        session.delete(log)
        session.flush()
    return seen

def bad_remove_nothing(session: Session) -> Any:
    session.delete(session.get(Log, 404))

def bad_add_text(session: Session) -> Any:
    session.add("log")

def unconsumed_over_a_flush(session: Session) -> Any:
    result = session.exec(select(Thing).order_by(Thing.id))
    names = session.exec(select(Thing.name).order_by(Thing.id))
    thing = session.get(Thing, 2)
    thing.name = "renamed"
    session.add(Thing(id=80, name="new"))
    session.flush()
    return [list(names), [thing.name for thing in result]]

def changes_are_seen(session: Session) -> Any:
    thing = session.get(Thing, 1)
    thing.name = "unflushed"
    by_name = session.exec(select(Thing.id).where(Thing.name == "unflushed")).all()
    thing.name = "unflushed again"
    return [by_name, session.exec(select(Thing.name).order_by(Thing.id)).all(), session.get(Thing, 1)]

def changes_while_reading(session: Session) -> Any:
    seen = []
    for thing in session.exec(select(Thing).order_by(Thing.price, Thing.id)):
        thing.price = 0.5
        seen.append(session.exec(select(Thing.id).where(Thing.price == 0.5).order_by(Thing.id)).all())
    return seen

def write_many(session: Session) -> Any:
    for thing in session.exec(select(Thing).order_by(Thing.id.desc())):
        thing.amount = thing.id * 2
        thing.name = thing.name.upper()
    return session.exec(select(Thing).where(Thing.amount > 2).order_by(Thing.id)).all()

def write_different_columns(session: Session) -> Any:
    thing_3 = session.get(Thing, 3)
    thing_3.price = 3
    thing_1 = session.get(Thing, 1)
    thing_1.name = "first"
    thing_2 = session.get(Thing, 2)
    thing_2.price = 2.5
    thing_4 = session.get(Thing, 4)
    thing_4.name = "fourth"

def write_then_refuse(session: Session, flush: bool) -> Any:
    thing = session.get(Thing, 1)
    thing.name = "lost"
    session.add(Owner(key="lost", name="lost"))
    if flush:
        session.flush()
    session.delete(session.get(Log, 1))
    raise ToolError(f"refused: {len(session.exec(select(Owner)).all())}, {thing.name}, {session.get(Log, 1) is None}")

def bad_write_then_break(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.name = "lost"
    session.flush()
    return session.get(Thing, 404).name

def write_nothing(session: Session) -> Any:
    return None

def flush_twice(session: Session) -> Any:
    session.add(Log(id=75, text="a"))
    session.flush()
    session.flush()
    log_75 = session.get(Log, 75)
    log_75.text = "b"
    session.flush()
    return session.get(Log, 75)

def write_renamed(session: Session, text: str | None = None) -> Any:
    thing = session.get(Thing, 1)
    thing.from_ = text
    thing.count = None
    thing.items = [thing.from_]
    line = session.get(Line, 1)
    line.select_ = text
    line.index = 7
    return [nest(thing, count=[line]), session.exec(select(Line).where(Line.select_ == text)).all()]

def set_aliased(session: Session) -> Any:
    one = session.get(Thing, 1)
    two = session.exec(select(Thing).where(Thing.name == one.name)).first()
    two.price = 99.99
    return [one.price, one, one is two]

def values_from_rows(session: Session) -> Any:
    one, two = session.get(Thing, 1), session.get(Thing, 2)
    one.price, two.price = two.price, one.price
    one.live = one.price > two.price
    one.amount = len(two.name) + True
    return [one, two]

def bad_result_after_write(session: Session) -> Any:
    thing_1 = session.get(Thing, 1)
    thing_1.name = "lost"
    return {1: 2}
"""

TOOLS = _HEAD + "".join(
    f"\n@{mark}\n{text}"
    for mark, block in (("read", _READS), ("write", _WRITES))
    for text in ("def " + rest for rest in block.split("\ndef ")[1:])
)

SEED: dict[str, list[dict[str, Json]]] = {
    "owner": [{"key": "bob", "name": "Bob"}, {"key": "ann", "name": "Ann", "rank": 2}, {"key": "cy-7", "name": "a"}],
    "thing": [
        {
            "id": 3, "name": "100% wool_scarf/é", "price": 0.1, "amount": 0, "live": False, "tags": [], "extra": {},
            "code": "c", "owner": "bob",
        },
        {
            "id": 1, "name": "lamp", "price": 10.0, "amount": 1, "live": True, "tags": ["a", 1, 1.0, True, None],
            "extra": {"colour": "red", "size": 1, "inner": {"deep": True}}, "code": "a", "count": 5,
            "items": [{"x": 1}], "from": "Porto", "owner": "ann",
        },
        {"id": 2, "name": "LAMP's \"big\" \\ one", "price": 10, "amount": 3, "live": True, "code": "b", "owner": "ann"},
        {"id": 4, "name": "", "amount": -1, "tags": ["a"], "from": ""},
    ],
    "order": [{"group": 1, "thing_id": 1, "select": "all", "index": 2}, {"group": 2, "thing_id": 1}],
    "log": [{"id": 1, "text": "one"}, {"id": 2, "text": "two", "kind": "x", "flag": True, "notes": [1]}],
}  # fmt: skip

_VALUES: list[Json] = [1, 1.0, True, "1", None, "lamp", 10, 10.0, "10", 0, -0.0, 2.5, "", "x\x00y", 2**53 + 1, 1e300]
_WRONG: list[Json] = [*_VALUES, [], {}, ["a"], False, "yes", 2]
_IDS: list[Json] = [1, 2, 3, 4, 404, -1, 2**62]
_SEARCHES = ["", "lamp", "LAMP", "amp", "%", "_", "/", "\\", "'", '"', "é", "É", "100%", "l_mp", "%%", "\x00", "a/%"]
_LISTS: list[Json] = [[], [1], [1, 2, 404], [None], [1, None], [True], ["1"], [5, 5.0], [1] * 40]
_JSONS: list[Json] = [None, [], {}, "text", 7, True, [1, [2, {"a": None}]], {"é": 1.0}]

# The calls to make of a tool that takes arguments; any other is called twice.
CALLS: dict[str, list[dict[str, Json]]] = {
    "get_thing": [{"id": value} for value in (*_VALUES, *_IDS) if value is not None],
    "get_owner": [{"key": value} for value in ("ann", "ANN", "", 1, "1", "bob ")],
    **{
        name: [{"id": value} for value in (1, 2, 404)]
        for name in ("get_one_thing", "all_kinds_of_one", "is_a", "columns_that_are_methods", "values_of_methods")
    },
    "get_the_same_twice": [{"id": 1}, {"id": 2}],
    "equal": [{"value": value} for value in _VALUES],
    "equal_bool": [{}, {"value": True}, {"value": False}],
    "compare_bounds": [{}, {"low": 0.1}, {"high": 10}, {"low": 10, "high": 10.5}, {"low": -(2**62)}],
    "within": [{"ids": value} for value in _LISTS],
    "within_texts": [{"names": value} for value in ([], ["lamp"], ["lamp", "", "%"])],
    "between": [{"low": 0, "high": 2}, {"low": 2, "high": 0}, {"low": 0.5, "high": 1e9}, {"low": "0", "high": "9"}],
    "junctions": [{"amount": 0, "name": "lamp"}, {"amount": 9, "name": ""}],
    "arithmetic": [{"amount": 2}, {"amount": 0}],
    "search": [{"text": text} for text in _SEARCHES],
    "search_json": [{"text": "red"}, {"text": ""}],
    "search_equal_json": [{"tags": ["a"]}, {"tags": []}, {"tags": ["a", 1, 1.0, True, None]}],
    "paged": [{"limit": a, "offset": b} for a in (0, 1, 2, -1, 2**62) for b in (0, 1, 3, 2**62)] + [{}, {"limit": 1}],
    "offset_without_limit": [{"offset": 0}, {"offset": 2}, {"offset": 99}],
    "refusal": [{"text": "x"}, {"text": "\u202e"}],
    "set_text": [{"id": 1, "name": text} for text in ("x", "x", "", "\x00", "é", "'")] + [{"id": 404, "name": ""}],
    "set_number": [{"id": 1, "price": value} for value in _WRONG] + [{"id": 4, "price": 3}, {"id": 3, "price": 0.1}],
    "set_amount": [{"id": 1, "amount": value} for value in _WRONG],
    "set_name": [{"name": value} for value in _WRONG],
    "set_live": [{"live": value} for value in _WRONG],
    "grow": [{"id": 1}, {"id": 1}, {"id": 3}],
    "set_key": [
        {"id": 3, "key": 33},
        {"id": 33, "key": 2},
        {"id": 1, "key": 5},
        {"id": 4, "key": 4},
        {"id": 3, "key": 1},
    ],
    "set_key_of_owner": [{"rename": False}, {"rename": True}],
    "take_unique": [{"code": "a"}, {"code": "z"}, {}, {"code": "c"}],
    "set_list": [{"tags": value} for value in _JSONS],
    **{
        name: [{"tag": "x"}, {"tag": "y"}]
        for name in ("append_in_place", "append_in_place_and_set", "append_to_a_copy", "append_to_a_list_copy")
    },
    "set_inside": [{"colour": "blue"}, {"colour": "red"}],
    "set_copy_inside": [{"colour": "blue"}, {"colour": "red"}],
    "keep_the_argument": [{"extra": {}}, {"extra": {"a": [1]}}, {"extra": {"a": [1]}}],
    "keep_the_argument_unflushed": [{"extra": {}}, {"extra": {"a": [1]}}, {"extra": {"a": [1]}}],
    "add": [{"name": "x"}, {"name": "x"}],
    "add_with_own_key": [{"id": 9}, {"id": 9}, {"id": 1}, {"id": 0}, {"id": -5}, {"id": 2**62}],
    "add_and_count_on": [{"count": 0}, {"count": 1}, {"count": 4}],
    "remove": [{"id": 4}, {"id": 4}, {"id": 1}, {"id": 2}],
    "write_then_refuse": [{"flush": True}, {"flush": False}],
    "write_renamed": [{"text": "Oslo"}, {}, {"text": ""}],
}

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}


def folder(parent: Path) -> Path:
    """The torture domain as a folder inside ``parent``."""
    tools = [
        ToolSpec(id=f"torture.{f.name}", service="torture", name=f.name, description="", parameters=_parameters(f))
        for f in ast.parse(TOOLS).body
        if isinstance(f, ast.FunctionDef)
    ]
    path = parent / "torture"
    path.mkdir()
    (path / "domain.json").write_text(Domain(name="torture", tools=tuple(tools)).model_dump_json())
    (path / "schema.py").write_text(SCHEMA)
    (path / "tools.py").write_text(TOOLS)
    (path / "policy.md").write_text("Anything goes.\n")
    (path / "seed.json").write_text(json.dumps(SEED))
    return path


def _parameters(function: ast.FunctionDef) -> Schema:
    arguments = function.args.args[1:]
    optional = {argument.arg for argument in arguments[len(arguments) - len(function.args.defaults) :]}
    return {
        "type": "object",
        "properties": {argument.arg: _schema(ast.unparse(argument.annotation or argument)) for argument in arguments},
        "required": [argument.arg for argument in arguments if argument.arg not in optional],
    }


def _schema(annotation: str) -> dict[str, Any]:
    kind = _TYPES.get(annotation.split("[")[0].split(" ")[0])
    return {"type": kind} if kind else {}
