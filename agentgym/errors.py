"""One tree of errors.

AgentGymError
├── SpecError        a file or specification cannot be read
├── DialectError     generated or authored tool code leaves the dialect
├── DomainError      a domain folder is missing, incomplete or inconsistent
├── TaskError        a task cannot be played in this domain
└── RunError         a pipeline run cannot start or go on
ToolError            a tool refuses; the agent reads it as an observation
"""


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


class ToolError(Exception):
    """A tool's refusal. Its message becomes the agent's observation; the database is left as it was."""
