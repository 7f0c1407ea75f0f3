"""ACEBench in English and Chinese: single turns judged by the official checkers, and agents over the official worlds.

The official runner asks for text, ``[Function(argument='value')]``, and reads it with Python's own parser and ``eval``.
Here calls come as they do everywhere in this package, as JSON, and are handed to the official checkers in the form
that its parser makes of such text. An agent that writes the text is understood too, by a parser that runs nothing.
"""

from agentgym.evaluate.acebench.adapter import benchmark as benchmark
