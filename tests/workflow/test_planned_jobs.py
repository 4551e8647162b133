"""The plan counts what Snakemake would run."""

import pytest

from prunetransfer.planning.trainings import other_jobs, trainings

pytestmark = pytest.mark.xdist_group("workflow")


def test_jobs_are_those_of_a_dry_run(finished_project):
    study = finished_project.study()
    counted = finished_project.planned("--forceall")
    planned = {}
    for job in trainings(study):
        planned[job.rule] = planned.get(job.rule, 0) + 1
    assert {rule: counted[rule] for rule in planned} == planned
    others = other_jobs(study)
    single = {rule: count for rule, count in others.items() if rule not in ("analyses", "figures")}
    assert {rule: counted[rule] for rule in single} == single
    assert sum(count for rule, count in counted.items() if rule.startswith("figure")) == others["figures"]
    rest = {rule for rule in counted if rule not in planned and rule not in single and not rule.startswith("figure")}
    assert sum(counted[rule] for rule in rest) == others["analyses"]
