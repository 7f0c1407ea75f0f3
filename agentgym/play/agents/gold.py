"""The agent that knows the way: it makes the task's gold calls, and talks with the user as a good agent would.

It asks for what it was not told, tries a wrong detail or makes sure of it first, tells the user which rule forbids what
they want, does what they accept instead, and reports. So its trajectories hold real dialogue without a model.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from agentgym.play.agents import speech
from agentgym.play.agents.agent import action, looks, parsed, parts, same
from agentgym.play.agents.manners import BRIEF, FULL
from agentgym.spaces import REFUSED
from agentgym.tasks.phrases import INSTEAD, TELL, be, join, show
from agentgym.tasks.progress import told
from agentgym.types import Fact, Goal, Json, Task, ToolCall
from agentgym.users.knowledge import carries

_MAX_ASKED = 2  # times one fact is asked for before the agent goes on without an answer
_CONFIRMED = 3  # wishes that it repeats then


class Say(NamedTuple):
    """Words to the user, as a step of a plan."""

    what: Literal["check", "puzzled", "sorry", "confirm", "news"]
    goal: int = -1


Step: TypeAlias = ToolCall | Say
Plan: TypeAlias = list[Step]


class GoldAgent:
    """Makes the gold calls of its task one by one. Its seed draws its words, and how careful it is before it acts."""

    name = "gold"
    manner = FULL

    def __init__(self, task: Task) -> None:
        self._task = task
        self._plan: Plan = []
        self._first: Plan = []  # steps of the plan that are dropped once the user has thought again
        self._made: list[ToolCall] = []
        self._done: list[tuple[ToolCall, str]] = []  # of those made, the ones that no tool refused, with the answers
        self._error = ""  # of the latest call, if it was refused
        self._heard: list[str] = []  # what the user said
        self._told: set[int] = set()  # places of the facts that it has said
        self._asked: dict[str, int] = {}  # fact label -> times asked for
        self._reported = 0  # times it has told the user that all is done
        self._spoke = True  # the last action was a message, so the next observation is the user's

    def start(self, tools: Sequence[Json], policy: str, seed: int) -> None:
        """Draw words and habits by ``seed``, and plan."""
        self._rng = random.Random(f"{self.name}/{self._task.id}/{seed}")
        self._policy = policy
        self._plan = self._planned()

    def act(self, observations: tuple[str, ...]) -> str:
        (observation,) = observations  # it makes one call a turn, as the policies ask
        self._take_in(observation)
        self._revise()
        while self._plan:
            step = self._plan[0]
            untold = self._untold(step) if isinstance(step, ToolCall) else []
            self._spoke = bool(untold) or isinstance(step, Say)
            if untold:
                return self._ask(untold)
            self._plan.pop(0)
            if isinstance(step, ToolCall):
                self._made.append(step)
                return action(step)
            words = self._words(step)
            if words:
                return words
        self._spoke = True
        self._reported += 1
        return self._report()

    # -- the plan -----------------------------------------------------------------------------------------

    def _planned(self) -> Plan:
        """Gold, with what is to be said and tried on the way."""
        task, plan = self._task, Plan()
        before: dict[int, Plan] = {}  # steps by the gold call that they come before
        for number, goal in enumerate(task.goals):
            if goal.refused:
                before.setdefault(self._place(goal), []).extend(self._refusing(number, goal))
        writes = next((place for place, call in enumerate(task.gold) if not looks(call.name)), None)
        if writes is not None and task.writes and self._rng.random() < self.manner.confirms:
            before.setdefault(writes, []).append(Say("confirm"))
        if task.revisions:
            place, self._first = self._revising()
            before[place] = [*self._first, *before.get(place, ())]
        for place, call in enumerate(task.gold):
            plan += [*before.get(place, ()), call]
        return plan + before.get(len(task.gold), [])

    def _place(self, goal: Goal) -> int:
        """The gold call before which a goal is found out to be forbidden: after the reads that it needs."""
        known = all(map(self._spoken_of, goal.refused))
        if not goal.calls:
            return 0 if known else len(self._task.gold) - 1
        return min((place for place in goal.calls if known or not looks(self._task.gold[place].name)), default=0)

    def _refusing(self, number: int, goal: Goal) -> Plan:
        """Try what is forbidden and hear why, or know the rule; then tell the user."""
        tries = self._rng.random() < self.manner.tries or not self._rule(goal)
        return [*(goal.refused if tries else ()), Say("sorry", number)]

    def _revising(self) -> tuple[int, Plan]:
        """What an agent does before it hears that the user thinks again, and before which gold call.

        It makes sure of the first value, or acts on it where gold would act on the right one, if it has only looked
        things up until then.
        """
        revision, gold = self._task.revisions[0], self._task.gold
        names = {call.name for call in revision.calls}
        place = next((place for place, call in enumerate(gold) if call.name in names), 0)
        blind = not all(map(looks, (call.name for call in gold[:place])))
        known = place > 0 or all(map(self._spoken_of, revision.calls))
        if blind or not known or self._rng.random() >= self.manner.tries:
            return 0, [Say("check")]
        return place, [*revision.calls, Say("puzzled" if revision.kind == "slip" else "news")]

    def _spoken_of(self, call: ToolCall) -> bool:
        """Whether the opening says every value of a call, so that an agent may make it at once."""
        leaves = [
            leaf for leaf in parts(call.arguments) if not isinstance(leaf, (dict, list, bool)) and leaf is not None
        ]
        return all(carries(self._task.intent, leaf) for leaf in leaves)

    def _rule(self, goal: Goal) -> str:
        """What the policy says of the tools that a goal would need; "" where it is silent."""
        lines = (line.strip("- ") for line in self._policy.splitlines())
        starts = tuple(f"`{call.name}`:" for call in goal.refused)
        rules = [line.partition(":")[2].strip(" .").replace("`", "") for line in lines if line.startswith(starts)]
        return f"our rules say that {rules[0]}" if len(rules) == 1 else ""

    def _take_in(self, observation: str) -> None:
        """Remember what was said or answered; once the user has thought again, what came first is dropped."""
        if not self._spoke:
            refused = observation.startswith(REFUSED)
            self._error = observation.removeprefix(REFUSED) if refused else ""
            if not refused:
                self._done.append((self._made[-1], observation))
            return
        self._heard.append(observation)
        self._error = ""
        facts = enumerate(self._task.facts)
        self._told.update(place for place, fact in facts if place not in self._told and _tells(observation, fact))
        if self._first and any(revision.text in observation for revision in self._task.revisions):
            self._plan = [step for step in self._plan if not any(step is first for first in self._first)]
            self._first = []

    def _revise(self) -> None:
        """Change the plan before the next action; gold needs no change."""

    # -- words --------------------------------------------------------------------------------------------

    def _untold(self, call: ToolCall) -> list[Fact]:
        """The facts whose values ``call`` uses and the user has not told, in the task's order."""
        unknown = [
            fact
            for place, fact in enumerate(self._task.facts)
            if place not in self._told and self._asked.get(fact.label, 0) < _MAX_ASKED
        ]
        used = list(parts(call.arguments)) if unknown else []
        return [fact for fact in unknown if any(same(fact.value, part) for part in used)]

    def _ask(self, facts: Sequence[Fact]) -> str:
        labels = list(dict.fromkeys(fact.label for fact in facts))
        for label in labels:
            self._asked[label] = self._asked.get(label, 0) + 1
        return self._rng.choice(self.manner.ask).format(join([f"the {name}" for name in labels]))

    def _words(self, step: Say) -> str:
        """The message of a step; "" where it has become needless."""
        rng = self._rng
        if step.what == "sorry":
            return self._sorry(self._task.goals[step.goal])
        if step.what == "confirm":
            wishes = [speech.yours(wish) for wish in self._wishes()]
            more = ["do the other things you have asked for"] if len(wishes) > _CONFIRMED else []
            return rng.choice(self.manner.confirm).format(join([*wishes[:_CONFIRMED], *more]))
        if step.what == "news":
            return self._report()
        revision = self._task.revisions[0]
        if step.what == "check":
            return rng.choice(self.manner.check).format(revision.label, show(revision.value), be(revision.label))
        return rng.choice(self.manner.puzzled).format(revision.label, speech.reason(self._error)) if self._error else ""

    def _sorry(self, goal: Goal) -> str:
        """Why a wish cannot be granted, in the words of the tool that refused or of the rule."""
        wish, _, fallback = goal.text.partition(INSTEAD)
        why = speech.reason(self._error) if self._error else self._rule(goal) or "our rules do not allow it"
        text = self._rng.choice(self.manner.sorry).format(speech.yours(wish), why)
        instead = self._rng.choice(self.manner.instead) if fallback else ""
        return text + instead.format(speech.yours(fallback))

    def _wishes(self) -> Iterator[str]:
        """What the user wants done and can have, goal by goal, without what they want to be told."""
        for goal in self._task.goals:
            if any(not looks(self._task.gold[place].name) for place in goal.calls):
                yield goal.text.partition(INSTEAD)[2 if goal.refused else 0].partition(TELL)[0]

    def _report(self) -> str:
        """What was done and found. After the first report the user has missed something, and hears it all again."""
        rng, deeds = self._rng, list(self._deeds())
        said = [rng.choice(self.manner.done).format(join(deeds))] if deeds else []
        findings = list(dict.fromkeys(filter(None, self._findings())))
        if findings:
            said.append(rng.choice(self.manner.found).format("; ".join(findings)))
        text = " ".join(said) or rng.choice(self.manner.bare)
        text = (rng.choice(self.manner.late) if self._reported > 1 else "") + text + rng.choice(self.manner.closing)
        known, bits = self._outputs(), told(self._task, text)
        left = [value for place, value in enumerate(self._task.outputs) if value in known and not bits >> place & 1]
        return f"{text} ({join(list(map(str, left)))})" if left else text  # what reads otherwise when it is shown

    def _deeds(self) -> Iterator[str]:
        """What was done, goal by goal, in the perfect tense."""
        made = {id(call) for call, _ in self._done}
        for goal in self._task.goals:
            writes = [self._task.gold[place] for place in goal.calls if not looks(self._task.gold[place].name)]
            if writes and all(id(call) in made for call in writes):
                wish = goal.text.partition(INSTEAD)[2 if goal.refused else 0].partition(TELL)[0]
                yield speech.perfect(speech.yours(wish))

    def _findings(self) -> Iterator[str]:
        """What was found, goal by goal: the values asked for, or a few words on a look-up."""
        answers = {id(call): observation for call, observation in self._done}
        known = self._outputs()
        for goal in self._task.goals:
            calls = [self._task.gold[place] for place in goal.calls]
            if not goal.outputs and not (calls and looks(calls[-1].name)):
                continue  # its deed says it all
            results = [parsed(answers[id(call)]) for call in calls if id(call) in answers]
            values = [value for value in goal.outputs if value in known]
            if values and values == results[-1:]:
                yield speech.number(goal.text, values[0])
            elif values:
                yield join(list(dict.fromkeys(speech.named(value, reversed(results)) for value in values)))
            elif results and not goal.outputs:
                yield speech.found(results[-1])

    def _outputs(self) -> Sequence[Json]:
        """The answers that it knows."""
        return self._task.outputs


class BriefAgent(GoldAgent):
    """Gold in as few words as will do, for models so small that each word they learn to write costs them another."""

    name = "brief"
    manner = BRIEF

    def _place(self, goal: Goal) -> int:
        """In its turn, as the user has said it: the one order that a model can learn from the opening."""
        goals = self._task.goals
        later = [place for other in goals[goals.index(goal) :] for place in other.calls]
        return max(super()._place(goal), min(later, default=len(self._task.gold)))


def _tells(text: str, fact: Fact) -> bool:
    """Whether a message of the user tells a fact; of a truth value, whether it speaks of it."""
    if isinstance(fact.value, bool):
        return fact.label.lower() in text.lower()
    return fact.text in text or carries(text, fact.value)
