"""What the calls of each stage came to: how many, how many tokens, how much money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock

from agentgym.llm.records import Completion


@dataclass
class Account:
    """The sums of one stage. Tokens and money of answers from a cache or cassette are not spent again."""

    calls: int = 0  # requests answered
    cached: int = 0  # of these, from a cache or cassette
    failed: int = 0  # requests that ended with an error
    tries: int = 0  # times the endpoint was asked
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0  # US dollars


class Ledger:
    """Accounts by stage ("user", "agent", "paraphrase", ...), written to from any thread."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._lock = Lock()

    def tried(self, stage: str) -> None:
        """The endpoint is asked, perhaps again."""
        with self._lock:
            self._account(stage).tries += 1

    def failed(self, stage: str) -> None:
        """A request has ended with an error."""
        with self._lock:
            self._account(stage).failed += 1

    def answered(self, stage: str, completion: Completion) -> None:
        """A request has its answer."""
        with self._lock:
            account = self._account(stage)
            account.calls += 1
            if completion.cached:
                account.cached += 1
                return
            account.prompt_tokens += completion.usage.prompt
            account.completion_tokens += completion.usage.completion
            account.cost += completion.cost

    def report(self) -> dict[str, dict[str, float]]:
        """The accounts as plain numbers, by stage."""
        with self._lock:
            return {stage: asdict(account) for stage, account in sorted(self._accounts.items())}

    def _account(self, stage: str) -> Account:
        return self._accounts.setdefault(stage, Account())


def spend(spent: Mapping[str, float], stage: str, completion: Completion) -> dict[str, float]:
    """``spent``, the cost of an episode, with that of one more answer: ``<stage>_prompt_tokens`` and so on.

    An answer from a cassette costs there what it cost when it was recorded, so that a replay gives the same records.
    """
    usage = completion.usage
    amounts = {"prompt_tokens": usage.prompt, "completion_tokens": usage.completion, "dollars": completion.cost}
    return {**spent, **{f"{stage}_{what}": spent.get(f"{stage}_{what}", 0.0) + much for what, much in amounts.items()}}
