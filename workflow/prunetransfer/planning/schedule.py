"""Computes the time of jobs that wait for each other, if a limited number of jobs run at once."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence


def makespan(seconds: Mapping[str, float], after: Mapping[str, Sequence[str]], slots: int) -> float:
    """Returns the seconds until all jobs are done, if `slots` jobs run at once.

    Among the jobs that may start, the job with the longest path of jobs after it starts first. This is critical-path list
    scheduling, which takes at most twice the time of the best schedule (Graham 1969).

    seconds: the seconds of each job. Each job must come after the jobs for which it waits.
    after: for each job, the jobs for which it waits.
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
    """Returns, for each job, the seconds from its start to the end of the last job that waits for it, directly or indirectly.

    seconds: as in `makespan`. behind: for each job, the jobs that wait for it.
    """
    path: dict[str, float] = {}
    for job in reversed(seconds):
        path[job] = seconds[job] + max((path[later] for later in behind.get(job, ())), default=0.0)
    return path


def critical_path(seconds: Mapping[str, float], after: Mapping[str, Sequence[str]]) -> float:
    """Returns the seconds that the jobs take with an unlimited number of slots."""
    return makespan(seconds, after, max(1, len(seconds)))
