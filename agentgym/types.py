"""Every record that crosses a border between rooms: frozen, checked, and JSON on disk.

A newcomer needs six: ToolSpec, Domain, World (``agentgym.world``), Task, Trajectory, Verdict.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

Json: TypeAlias = Any  # a JSON value: None, bool, int, float, str, list or dict with string keys
Schema: TypeAlias = dict[str, Any]  # a JSON Schema object
Row: TypeAlias = dict[str, Any]  # one database row by column name
Rows: TypeAlias = dict[str, list[Row]]  # rows by table name


class Record(BaseModel):
    """Base of all records: immutable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# -- the pool and its graph (paper 2.1) ---------------------------------------------------------


class ToolSpec(Record):
    """One API function as its vendor describes it; the unit of the pool."""

    id: str  # "<service>.<name>", unique in a pool
    service: str  # the API it belongs to, a slug such as "retail"
    name: str  # a valid tool name: letters, digits, underscore; at most 64 characters
    description: str
    parameters: Schema  # JSON Schema of type object, references resolved
    returns: Schema = {}  # JSON Schema of the successful result; {} where the vendor gives none
    http: tuple[str, str] | None = None  # ("POST", "/orders/{order_id}/cancel")
    source: str = ""  # the file it came from, relative to what the importer was given
    licence: str = ""
    tags: tuple[str, ...] = ()  # the vendor's own groups within the service, such as OpenAPI's tags
    completed: tuple[str, ...] = ()  # places the vendor left out and we filled: "parameters.limit.type", "returns"

    @model_serializer(mode="wrap")
    def _sparse(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without ``tags`` and ``completed`` where they are empty."""
        out: dict[str, Any] = dump(self)
        return {key: value for key, value in out.items() if value or key not in ("tags", "completed")}


class Rejection(Record):
    """Something a stage dropped, and why. Nothing leaves the pipeline without one."""

    stage: str  # "ingest", "pool", "bind", "gate", "tasks", ...
    subject: str  # a file, tool id, domain name or task id
    reason: str  # a stable, countable phrase
    detail: str = ""  # the value, the place, the next step


class Edge(Record):
    """A directed dependency: ``source``'s output can fill ``target``'s parameter."""

    source: str  # tool name
    target: str  # tool name
    output: str  # property of the source's result, dotted for nested ones
    parameter: str  # parameter of the target
    score: float  # confidence, 0 to 1
    decided_by: str  # "key", "type", "similarity"


# -- materialisation (paper 2.1: schema and executable tools) -----------------------------------


class Column(Record):
    """One column of an induced table."""

    name: str  # as agents see it in results
    type: Literal["str", "int", "float", "bool", "json"]
    nullable: bool = True
    enum: tuple[str, ...] = ()  # allowed values of a closed string column
    format: str = ""  # JSON Schema format: date, date-time, email, uri, ...
    default: Json = None
    doc: str = ""
    examples: tuple[Json, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    min_length: int = 0
    max_length: int | None = None
    items: Schema = {}  # for type json: the schema of the stored value


class ForeignKey(Record):
    """``column`` holds ``key``, the primary key of ``table``."""

    column: str
    table: str
    key: str


class Table(Record):
    """One entity of a domain."""

    name: str  # singular, snake_case: "order_item"
    doc: str
    columns: tuple[Column, ...]
    primary_key: str
    foreign_keys: tuple[ForeignKey, ...] = ()
    generated: bool = True  # new rows get their key from new_id; False: the caller names it

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def refers(self, column: str) -> str | None:
        """The table that ``column`` references, if it is a foreign key."""
        return next((key.table for key in self.foreign_keys if key.column == column), None)


class Use(Record):
    """What one argument of a tool does to the database.

    ``role``: ``key`` picks the row the tool is about; ``scope`` must equal a column of that row; ``reference``
    names a row of another table that must exist; ``set`` is stored; ``filter`` narrows a query by ``test``;
    ``amount`` feeds an effect; ``lines`` is a list of objects, each a child row, with one Use per property in
    ``items``; ``limit`` and ``offset`` page a list; ``option`` is accepted, and neither stored nor compared: a request
    id, a dry-run flag. A write without a ``key`` acts on the first row that its ``scope`` arguments match.
    """

    parameter: str
    role: Literal["key", "scope", "reference", "set", "filter", "amount", "lines", "limit", "offset", "option"]
    table: str = ""  # the table whose column it is compared with, stored in or drawn from
    column: str = ""
    into: str = ""  # for reference: the column of the binding's own table that stores it, if any
    test: Literal["eq", "contains", "ge", "le", "in"] = "eq"
    items: tuple[Use, ...] = ()


class Guard(Record):
    """A condition the tool insists on, and refuses without.

    ``of`` says which row: "" the tool's own; an argument that names one; ``<lines>.<property>`` one named in
    each line; ``own.<column>`` the one an own column references; ``<child table>.<column>`` the same for each
    child row. ``amount`` is an argument, ``own.<column>``, ``<of>.<column>``, or a product ``a*b`` of such.
    """

    of: str
    table: str
    column: str
    test: Literal["in", "not_in", "at_least", "differs"]
    values: tuple[Json, ...] = ()  # for in and not_in
    amount: str = ""  # what at_least and differs compare with; "" = 1


class Effect(Record):
    """A change besides what arguments set directly; ``of`` and ``amount`` as in Guard.

    ``amount`` may also be ``now``, the world's time, and ``of`` the lines argument itself, for the rows it makes.
    ``append`` and ``remove`` edit a list.
    """

    of: str
    table: str
    column: str
    op: Literal["set", "add", "subtract", "append", "remove"]
    value: Json = None  # a constant, used when amount is ""
    amount: str = ""


class Binding(Record):
    """A tool bound to one operation on the domain's tables."""

    tool: str
    op: Literal["get", "list", "count", "create", "update", "delete", "transition", "adjust"]
    table: str
    uses: tuple[Use, ...] = ()
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    returns: Literal["row", "rows", "value", "count"] = "row"
    fields: tuple[str, ...] = ()  # columns returned; () = all
    envelope: str = ""  # the property the result is wrapped in; "" = bare
    children: dict[str, str] = {}  # result property -> child table whose rows it nests

    @property
    def writes(self) -> bool:
        return self.op not in ("get", "list", "count")


class Domain(Record):
    """A set of tools over one database: ``domain.json``."""

    name: str
    version: int = 0
    tools: tuple[ToolSpec, ...]
    edges: tuple[Edge, ...] = ()
    tables: tuple[Table, ...] = ()  # () until materialised
    bindings: tuple[Binding, ...] = ()
    provenance: dict[str, str] = {}  # "specs": content hash; "<tool>": rules | wide | record | event | llm | authored

    @property
    def id(self) -> str:
        """The Gymnasium id, such as ``envscale/retail-v0``."""
        return f"envscale/{self.name}-v{self.version}"


# -- worlds --------------------------------------------------------------------------------------


class ToolCall(Record):
    """A request to run a tool."""

    name: str
    arguments: dict[str, Json] = {}


class RowChange(Record):
    """The net change of one row.

    Inserted: ``before`` is None; deleted: ``after`` is None; updated: the columns that differ.
    """

    table: str
    key: str | int
    before: Row | None
    after: Row | None

    @classmethod
    def of(cls, table: str, key: str | int, before: Row | None, after: Row | None) -> RowChange:
        """One that is known to fit, made without a check in a third of ``model_construct``'s time."""
        change, put = object.__new__(cls), object.__setattr__
        put(change, "__dict__", {"table": table, "key": key, "before": before, "after": after})
        put(change, "__pydantic_fields_set__", set(change.__dict__))
        put(change, "__pydantic_extra__", None)
        put(change, "__pydantic_private__", None)
        return change


# -- tasks (paper 2.2) ---------------------------------------------------------------------------


class Fact(Record):
    """Something the user knows, told when asked."""

    label: str  # what an agent would ask for: "email", "reason", "new shipping address"
    value: Json
    text: str  # the user's own sentence that carries the value


class Claim(Record):
    """How the user points at one row of the initial state: it alone meets ``conditions`` (column, value).

    With ``of``: one row of that other table alone meets them, and its ``column`` references the row that is meant.
    """

    table: str
    key: Json
    conditions: tuple[tuple[str, Json], ...]
    of: str = ""
    column: str = ""


class Goal(Record):
    """One thing the user wants. Places point into the task's ``gold`` and ``diff``.

    With ``refused`` the user asks for what a rule of the domain forbids; ``calls`` then hold what they accept instead.
    """

    text: str  # as the user would say it again: "change the address of my order ORD-1"
    calls: tuple[int, ...] = ()  # gold calls that do it, with the reads that only it needs
    changes: tuple[int, ...] = ()  # row changes that it makes
    outputs: tuple[Json, ...] = ()  # values the user wants to be told; part of the reward
    refused: tuple[ToolCall, ...] = ()  # calls that the tools refuse, before gold and after it


class Revision(Record):
    """Where the user is wrong at first, or thinks again. They put it right when the agent first speaks to them.

    A ``slip`` is a wrong detail, and ``calls`` made with it fail. A ``change`` is a wish, and whatever ``calls`` did
    gold makes good: a patient agent and a quick one can both win.
    """

    kind: Literal["slip", "change"]
    label: str  # of the fact, whose value is the right one
    value: Json  # what was said first
    text: str  # the sentence that puts it right
    calls: tuple[ToolCall, ...]  # what an agent does that takes the first value for the last word


class Difficulty(Record):
    """What makes a task hard, for curricula."""

    calls: int  # gold calls
    tools: int  # tools in reach
    reads: int  # gold reads before the first write; all of them in a read-only task
    ambiguity: int  # rows among which the user's descriptions pick one, at most; 1 where every row is named by its key


class Task(Record):
    """A user's intent with a proof: the calls that fulfil it and the state they lead to."""

    id: str
    domain: str
    intent: str  # the user's opening message
    facts: tuple[Fact, ...]
    state: tuple[RowChange, ...] = ()  # patch over the domain's seed rows
    gold: tuple[ToolCall, ...]
    goals: tuple[Goal, ...] = ()
    revisions: tuple[Revision, ...] = ()
    claims: tuple[Claim, ...] = ()  # of the rows the user does not name by their keys
    diff: tuple[RowChange, ...] = ()  # net difference after gold; () for a read-only task
    difficulty: Difficulty | None = None
    seed: int = 0

    @property
    def writes(self) -> bool:
        """Whether state alignment judges it; a read-only task is judged by exact match."""
        return bool(self.diff)

    @property
    def outputs(self) -> tuple[Json, ...]:
        """Every value the user wants to be told, goal by goal."""
        return tuple(value for goal in self.goals for value in goal.outputs)


# -- experience (paper 3.1) ----------------------------------------------------------------------


class Message(Record):
    """One turn. An assistant turn holds text, tool calls, or both; each call is answered by a tool turn, in order."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""  # of an assistant turn: what the model thought before it; never shown to the user
    name: str = ""  # of a tool turn: the tool that answered
    error: bool = False  # of a tool turn: the tool refused

    @model_serializer(mode="wrap")
    def _sparse(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without ``reasoning`` where there is none."""
        out: dict[str, Any] = dump(self)
        return {key: value for key, value in out.items() if value or key != "reasoning"}


Fault: TypeAlias = Literal["", "agent", "user", "environment"]  # who is to blame for a failure; "" for a success
Stop: TypeAlias = Literal["user_done", "user_gave_up", "max_steps", "agent_error", "user_error"]


class Trajectory(Record):
    """One played episode."""

    id: str
    task: str  # Task.id
    domain: str
    messages: tuple[Message, ...]
    diff: tuple[RowChange, ...]
    stop: Stop
    reward: float
    fault: Fault = ""
    agent: str
    user: str
    trial: int = 0  # which of several episodes of one agent at one task
    cost: dict[str, float] = {}  # tokens and money, where a model was asked


class Verdict(Record):
    """What one stage of the funnel decided about one trajectory."""

    trajectory: str
    stage: Literal["validity", "state", "exact"]
    kept: bool
    reason: str = ""


class Score(Record):
    """One graded trial of a benchmark task."""

    benchmark: str
    task: str
    trial: int
    reward: float
    detail: dict[str, Json] = {}
