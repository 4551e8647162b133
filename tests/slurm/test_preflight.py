"""A compute node is looked at before a study is started on it."""


def preflight(project, *options: str):
    done = project.run("prunetransfer", "preflight", "config.yaml", *options, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_node_that_can_run_the_study_has_no_problems(cluster_project):
    status, output = preflight(cluster_project, "--node", "srun --partition cpu")
    assert status == 0, output
    assert "study miniature can start" in output


def test_an_allocated_gpu_that_torch_doesnt_see_is_found(cluster_project):
    """The cluster's GPUs are pretended; a real one would be the machine's."""
    status, output = preflight(
        cluster_project, "--gpus", "1", "--node", "srun --partition gpu --gpus 1 env CUDA_VISIBLE_DEVICES="
    )
    assert status == 1
    assert "gpu: asked for, but torch sees no CUDA device on" in output


def test_a_partition_that_isnt_there_is_an_error(cluster_project):
    status, output = preflight(cluster_project, "--node", "srun --partition nowhere")
    assert status == 1
    assert "invalid partition specified: nowhere" in output
