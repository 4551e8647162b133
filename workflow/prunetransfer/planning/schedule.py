"""How long jobs take that wait for one another, so many at a time."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence


def makespan(seconds: Mapping[str, float], after: Mapping[str, Sequence[str]], slots: int) -> float:
    """Seconds until all jobs are done where `slots` run at once and, of those that may start, the one with the longest
    path of jobs behind it does (critical-path list scheduling, Graham 1969: at most twice the best there is).

    seconds: by job, each behind those in `after` that it waits for.
    """
    behind = defaultdict(list)
    for job in seconds:
        for earlier in after[job]:
            behind[earlier].append(job)
    path = longest_paths(seconds, behind)
    waiting = {job: len(after[job]) for job in seconds}
    ready = [(-path[job], job) for job in seconds if not waiting[job]]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < slots:
            _, job = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[job], job))
        now, done = heapq.heappop(running)
        for job in behind[done]:
            waiting[job] -= 1
            if not waiting[job]:
                heapq.heappush(ready, (-path[job], job))
    return now


def longest_paths(seconds: Mapping[str, float], behind: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """From each job's start to the end of the last that waits for it; behind: the jobs that wait for a job."""
    path: dict[str, float] = {}
    for job in reversed(seconds):
        path[job] = seconds[job] + max((path[later] for later in behind.get(job, ())), default=0.0)
    return path


def critical_path(seconds: Mapping[str, float], after: Mapping[str, Sequence[str]]) -> float:
    """Seconds that no number of slots gets below."""
    return makespan(seconds, after, max(1, len(seconds)))
