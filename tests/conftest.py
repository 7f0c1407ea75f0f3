"""What all tests share: hypothesis that repeats itself, no terminal colours in captured output, no hub, one thread."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.update(NO_COLOR="1", COLUMNS="200", TERM="dumb")
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS="1")  # threads only wait
settings.register_profile("agentgym", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("agentgym")
