"""τ-bench: retail and airline, played and scored by the official code of a checkout."""

from agentgym.evaluate.tau_bench.adapter import benchmark as benchmark
