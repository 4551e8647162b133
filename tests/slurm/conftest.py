"""A SLURM cluster for the session, and studies that run on it with the project's profile."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cluster import PACKAGES, Cluster, missing_commands
from training_project import TrainingProject


def pytest_collection_modifyitems(items) -> None:
    """Runs these tests one after the other, because they share two GPUs, two cores, and a controller that one test stops."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("slurm"))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Cluster:
    if missing := missing_commands():
        pytest.skip(f"no SLURM: {', '.join(missing)} not found (apt-get install {' '.join(PACKAGES)})")
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="the extra `slurm` isn't installed")
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


class ClusterProject(TrainingProject):
    """A finished tiny study, parts of which are made again on the cluster."""

    def __init__(self, folder: Path, cluster: Cluster):
        super().__init__(folder)
        self.cluster = cluster
        self.environment |= {
            "PATH": f"{self.environment['PATH'].split(':')[0]}:{cluster.environment['PATH']}",
            "SLURM_CONF": cluster.environment["SLURM_CONF"],
        }
        self.log = folder / "snakemake.log"

    def fill_in_profile(self) -> None:
        """Edits the profile as docs/cluster.md says, and makes Snakemake check jobs more often than on a shared cluster."""
        profile = "workflow/profiles/slurm/config.yaml"
        self.edit(profile, "slurm_account: your-account", "slurm_account: none")
        self.edit(profile, "slurm_partition: your-partition", "slurm_partition: cpu")
        self.edit(profile, "slurm_partition: your-gpu-partition", "slurm_partition: gpu")
        self.edit(profile, "status-checks: 20", "status-checks: 3")
        self.edit(profile, "latency-wait: 60", "latency-wait: 10")

    def remake(self, *folders: str) -> None:
        """Removes folders of the results."""
        for name in folders:
            shutil.rmtree(self.folder / "results/miniature" / name)

    def start(self, *targets: str) -> subprocess.Popen:
        """Starts Snakemake with the profile; what it says goes to `log`."""
        command = ["snakemake", "--workflow-profile", "workflow/profiles/slurm", "--rerun-triggers", "mtime"]
        with open(self.log, "a") as log:
            return subprocess.Popen(
                [*command, "--", *targets], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )

    def finish(self, process: subprocess.Popen) -> str:
        """Waits for Snakemake's success, and gives what it said."""
        assert process.wait() == 0, self.log.read_text()
        return self.log.read_text()

    def submitted(self) -> list[str]:
        """Ids of the SLURM jobs of all starts, in order."""
        return re.findall(r"has been submitted with SLURM jobid (\d+)", self.log.read_text())

    def jobs(self) -> list[dict[str, str]]:
        """SLURM's records of these jobs."""
        numbers = self.submitted()
        return [job for job in self.cluster.jobs() if job["JobId"] in numbers]


@pytest.fixture
def cluster_project(cluster, finished_project, tmp_path) -> ClusterProject:
    folder = tmp_path / "project"
    # Not the warm worker's socket, nor the records of what made the results.
    shutil.copytree(finished_project.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("run", ".snakemake"))
    (folder / "run").mkdir()
    project = ClusterProject(folder, cluster)
    project.fill_in_profile()
    return project
