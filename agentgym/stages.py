"""The stages as commands run them: from one file of a run folder to the next, over many domains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agentgym.files import read_records, write_records
from agentgym.runs import Order, Progress, Share, domain_folders, each_domain, reject, silent
from agentgym.types import Rejection, Trajectory, Verdict
