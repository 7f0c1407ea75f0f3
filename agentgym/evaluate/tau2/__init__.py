"""τ²-bench: retail, airline and telecom, played and scored by the official code of a checkout."""

from agentgym.evaluate.tau2.adapter import benchmark as benchmark
