"""One tree of errors.

AgentGymError
├── SpecError        a file or specification cannot be read
├── DialectError     generated or authored tool code leaves the dialect
├── DomainError      a domain folder is missing, incomplete or inconsistent
├── TaskError        a task cannot be played in this domain
├── RunError         a pipeline run cannot start or go on
└── LLMError         a language model gave no answer that can be used
    ├── Unreachable      its endpoint refuses, resets or cuts the connection
    ├── TooSlow          the deadline of the call is over
    ├── Overloaded       429 or 5xx, to the last try
    ├── RequestRejected  the endpoint, or litellm, does not take the request
    │   └── ContextOverflow  the conversation is longer than the model can read
    ├── BadAnswer        not what the protocol says, or empty
    ├── TooLong          more bytes than an answer may have
    └── NotRecorded      a cassette that is replayed does not hold the request
ToolError            a tool refuses; the agent reads it as an observation
"""

import difflib
from collections.abc import Iterable


class AgentGymError(Exception):
    """Base of every error this package raises on purpose."""


class SpecError(AgentGymError):
    """A file or specification cannot be read."""


class DialectError(AgentGymError):
    """Tool code uses something the dialect does not allow."""


class DomainError(AgentGymError):
    """A domain folder is missing, incomplete or inconsistent."""


class TaskError(AgentGymError):
    """A task cannot be played in this domain."""


class RunError(AgentGymError):
    """A pipeline run cannot start or go on."""


class LLMError(AgentGymError):
    """A language model gave no answer that can be used."""


class Unreachable(LLMError):
    """The endpoint refuses, resets or cuts the connection."""


class TooSlow(LLMError):
    """The deadline of the call is over, retries included."""


class Overloaded(LLMError):
    """The endpoint answered 429 or 5xx to the last try."""


class RequestRejected(LLMError):
    """The endpoint, or litellm, does not take the request; asking again would not help."""


class ContextOverflow(RequestRejected):
    """The conversation is longer than the model can read."""


class BadAnswer(LLMError):
    """The answer is not what the protocol says, or empty."""


class TooLong(LLMError):
    """The answer has more bytes than one may have."""


class NotRecorded(LLMError):
    """A cassette that is replayed does not hold the request."""


class ToolError(Exception):
    """A tool's refusal. Its message becomes the agent's observation; the database is left as it was."""


def nearest(name: str, known: Iterable[str]) -> str:
    """For the end of a message: ``"; did you mean 'retail'?"``, or "" where nothing known comes close."""
    close = difflib.get_close_matches(name[:200], sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
