"""What a reading tool is asked to tell, as a verb phrase for either side or as a direct question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from agentgym.tasks import phrases
from agentgym.tasks.phrases import join, label, quote, show
from agentgym.tasks.steps import Step
from agentgym.tasks.wording.cast import Cast
from agentgym.tasks.wording.parts import Parts
from agentgym.tasks.wording.traits import Trait, trait
from agentgym.types import Use

Form = Literal["you", "me", "question"]  # "show me my orders", "see my orders", "which orders do I have"

_TELL = {"you": ("tell me {0}", "let me know {0}", "give me {0}"), "me": ("know {0}", "find out {0}")}
_SHOW = {
    "you": ("show me the details of {0}", "look up {0}", "pull up {0}", "give me the details of {0}", "check {0}",
            "look into {0}", "bring up {0}", "tell me what you have on {0}"),
    "me": ("see the details of {0}", "look at {0}", "have a look at {0}", "see {0}", "see what you have on {0}"),
    "question": ("what are the details of {0}", "what do you have on {0}", "what can you tell me about {0}"),
}  # fmt: skip
_FIND = {
    "you": ("find {0}", "look up {0}", "look for {0}", "pull up {0}"),
    "me": ("find {0}", "look up {0}", "see {0}"),
    "question": ("can you find {0}", "do you have {0}"),
}
_LIST = {
    "you": (
        "list {0}",
        "show me {0}",
        "give me a list of {0}",
        "pull up {0}",
        "give me an overview of {0}",
    ),
    "me": ("see {0}", "look at {0}", "get a list of {0}", "have an overview of {0}"),
}
_SEARCH = {"you": ("search for {0}", "find {0}", "look for {0}"), "me": ("find {0}", "search for {0}", "see {0}")}


_SHORT = 45  # characters of what a question can name between "which" and "do you have"


class Question(Parts):
    """One reading call; ``told`` names the columns that the user wants to hear, () for all there is."""

    def __init__(self, cast: Cast, step: Step, told: Sequence[str] = (), sure: Collection[str] = ()) -> None:
        super().__init__(cast, step, sure)
        self._told = [label(name) for name in told if name != "count"]
        self.rng.shuffle(self._told)

    def text(self, form: Form = "you") -> str:
        """The question in a form; ``form`` tells afterwards which one it was given."""
        self.form = form
        if self.binding.op == "count":
            return self._count(form)
        return self._list(form) if self.binding.op == "list" else self._get(form)

    def _get(self, form: Form) -> str:
        filters = [use for use in self.plain if use.role == "filter"]
        if self.own is not None:
            subject = self.subject()
        elif filters:
            subject = self._found(filters)
        else:
            subject = f"the {phrases.noun(self.binding.table)}{self.beside(self.references)}"
        if self._told:
            what = self.of(join(self._told), subject) if self.own is not None or not self._mine() else self._my(filters)
            if form == "question":
                return f"what {'are' if len(self._told) > 1 or phrases.starts_plural(self._told[0]) else 'is'} {what}"
            return self.rng.choice(_TELL[form]).format(what)
        return self.rng.choice((_FIND if self.own is None and filters else _SHOW)[form]).format(subject)

    def _mine(self) -> bool:
        """Whether the row looked for is the speaker's own."""
        return self.cast.speaker is not None and self.cast.speaker[0] == self.binding.table

    def _my(self, filters: Sequence[Use]) -> str:
        """What the speaker wants to hear of their own row: "my status (my email is ...)"."""
        said = join([f"my {self.label(use)} is {quote(self.value(use))}" for use in filters])
        return f"my {join(self._told)} ({said})"

    def _found(self, filters: Sequence[Use]) -> str:
        """A row that is found by what it is like."""
        table = self.binding.table
        picked = [use for use in filters if use.parameter in self.step.picks]
        conditions = [(use.column or use.parameter, self.value(use)) for use in filters if use not in picked]
        for column, value in conditions:
            self.cast.meet(table, column, value)
        if self._mine():
            said = join([f"{label(column)} {quote(value)}" for column, value in conditions])
            return f"{self.cast.me} {self.rng.choice(('by', 'by my', 'with the', 'under the'))} {said}"
        noun = phrases.noun(table) + self.beside(self.references)
        noun += "".join(f" of {self.cast.mention(self.step.picks[use.parameter])}" for use in picked)
        return self.cast.described("the", noun, conditions)

    def _rows(self) -> tuple[str, bool]:
        """The rows of a list, such as "my open orders of shop SHP-1"; and whether they are the speaker's own."""
        nouns = phrases.many(self.binding.table)
        given = [use for use in self.binding.uses if use.parameter in self.step.picks]
        mine = any(self.picked(use) == self.speaker() for use in given)
        others = [use for use in self.plain if use in given and self.picked(use) != self.speaker()]
        for use in (*self.references, *others):
            nouns += self.cast.beside(self.binding.table, use.parameter, self.step.picks[use.parameter])
        if self.cast.speaker and not (mine or self.references or others) and self._could_be_mine():
            nouns += f" of all {phrases.many(self.cast.speaker[0])}"
        traits = [self._trait(use) for use in self.plain if use not in given and use.role == "filter"]
        text = self.cast.between(nouns, traits)
        bare = text == phrases.many(self.binding.table)
        return f"my {text}" if mine else f"all {text}" if bare else f"the {text}", mine

    def _could_be_mine(self) -> bool:
        """Whether the tool could be asked for the speaker's rows alone: "the rides" might then be theirs."""
        chart, speaker = self.cast.chart, self.cast.speaker
        return speaker is not None and any(chart.carries(self.binding, use) == speaker[0] for use in self.binding.uses)

    def _trait(self, use: Use) -> Trait:
        """One condition of a list, always said: without it the request is another one."""
        value = self.value(use)
        if use.test == "contains" and use.parameter != use.column:
            said = quote(value) if '"' in quote(value) else f'"{show(value)}"'
            return Trait(after=self.rng.choice((f"matching {said}", f"that match {said}")))
        if isinstance(value, list):
            return Trait(after=f"whose {self.label(use)} is {show(value)}")
        return trait(use.column or use.parameter, value, self.rng, test=use.test, many=True)

    def _tail(self) -> str:
        """How many of the rows, and from where on."""
        pages = {use.role: show(self.value(use)) for use in self.plain if use.role in ("limit", "offset")}
        text = ""
        if "limit" in pages:
            text += self.rng.choice((", at most {0} of them", ", no more than {0} of them", ", up to {0} of them",
                                     " ({0} of them at most)")).format(pages["limit"])  # fmt: skip
        if "offset" in pages:
            text += self.rng.choice((", leaving out the first {0}", ", skipping the first {0}")).format(pages["offset"])
        return text

    def _list(self, form: Form) -> str:
        rows, mine = self._rows()
        tail = self._tail()
        searched = any(use.test == "contains" for use in self.plain)
        if form == "question" and (len(rows) > _SHORT or tail):
            form = self.form = "you"  # too much to stand between "which" and "do I have"
        if form == "question":
            bare = rows.removeprefix("the ").removeprefix("my ").removeprefix("all ")
            head, are, state = bare.partition(" that are ")
            if are:
                return f"which {'of my ' if mine else ''}{head} are {state}"
            ask = (
                ("which {0} do I have", "what {0} do I have")
                if mine
                else ("which {0} are there", "what {0} do you have")
            )
            return self.rng.choice(ask).format(bare)
        return self.rng.choice((_SEARCH if searched else _LIST)[form]).format(rows) + tail

    def _count(self, form: Form) -> str:
        rows, mine = self._rows()
        bare = rows.removeprefix("the ").removeprefix("my ").removeprefix("all ")
        if form == "question" and len(rows) > _SHORT:
            form = self.form = "you"
        if form == "question":
            return f"how many {bare} {'do I have' if mine else 'are there'}{self._tail()}"
        have = "I have" if mine else "there are"
        number = f"the number of {'my ' if mine else ''}{bare}"
        what = number if len(bare) > _SHORT else self.rng.choice((f"how many {bare} {have}", number))
        return self.rng.choice(_TELL[form][:2]).format(what) + self._tail()
