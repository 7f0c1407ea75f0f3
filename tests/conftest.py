"""What all tests share: hypothesis that repeats itself, and no terminal colours in captured output."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.update(NO_COLOR="1", COLUMNS="200", TERM="dumb")
settings.register_profile("agentgym", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("agentgym")
