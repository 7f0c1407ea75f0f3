"""What needs a process of its own: time to start, and memory. ``python -m benchmarks.probes <name> <count>``."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

DOMAIN = "retail"
PORTION = 1000  # environments that take turns


def startup(_: int) -> dict[str, float]:
    """Seconds of ``import agentgym``, then of the first ``gym.make``."""
    started = time.perf_counter()
    import agentgym  # noqa: F401

    imported = time.perf_counter()
    import gymnasium

    gymnasium.make(f"envscale/{DOMAIN}-v0").close()
    return {
        "import_s": round(imported - started, 3),
        "first_make_s": round(time.perf_counter() - imported, 3),
    }


def live(count: int) -> dict[str, float]:
    """KB of an environment that has played an episode."""
    from gymnasium import Env

    import agentgym
    from benchmarks.layers import action, gym, report

    loaded = agentgym.load(agentgym.registry.locate(DOMAIN))
    tasks = loaded.tasks()

    def play(number: int) -> Env[str, str]:
        env = gym(loaded)
        env.reset(options={"task": number % len(tasks)})
        for call in tasks[number % len(tasks)].gold:
            env.step(action(call))
        env.step(report(tasks[number % len(tasks)]))
        return env

    kept = [play(number) for number in range(len(tasks))]  # what all environments share is there now
    before = _resident()
    kept += [play(number) for number in range(count)]
    kilobytes = (_resident() - before) / count
    for env in kept:
        env.close()
    return {"live_kb": round(kilobytes, 2), "live": count}


def parked(count: int) -> dict[str, float]:
    """KB of a parked environment after its gold calls, and µs of a step that resumes one and parks it again."""
    import agentgym
    from agentgym.vector import make_vec
    from benchmarks.layers import action

    tasks = agentgym.load(agentgym.registry.locate(DOMAIN)).tasks()
    gold = [[action(call) for call in task.gold] for task in tasks]
    with make_vec(DOMAIN, num_envs=count + len(tasks)) as envs:

        def play(numbers: Sequence[int]) -> tuple[float, int]:
            """Each environment steps in turn, so that every step meets another one than the step before."""
            envs.reset_many([(number, number % len(tasks)) for number in numbers])
            took, steps = 0.0, 0
            for place in range(max(map(len, gold))):
                plans = [(number, gold[number % len(tasks)]) for number in numbers]
                actions = [(number, plan[place]) for number, plan in plans if place < len(plan)]
                started = time.process_time()
                envs.step_many(actions)
                took += time.process_time() - started
                steps += len(actions)
            return took, steps

        play(range(count, count + len(tasks)))  # what all environments share is there now
        before = _resident()
        gc.disable()
        played = [play(range(first, min(first + PORTION, count))) for first in range(0, count, PORTION)]
        gc.enable()
        kilobytes = (_resident() - before) / count
    micros = sum(took for took, _ in played) / sum(steps for _, steps in played) * 1e6
    return {"parked_kb": round(kilobytes, 3), "parked_step_us": round(micros, 2), "parked": count}


def _resident() -> float:
    """KB of memory that this process holds; collects garbage first."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:  # no Linux: the highest so far, in bytes there
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


PROBES: dict[str, Callable[[int], dict[str, float]]] = {"live": live, "parked": parked, "startup": startup}


def probe(name: str, count: int = 1) -> dict[str, float]:
    """Run a probe in a new process."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "benchmarks.probes", name, str(count)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the probe {name!r} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]](int(sys.argv[2]))))
