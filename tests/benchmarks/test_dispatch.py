import subprocess
import sys

from dispatch import Study, one_sparsity_more


def cut(content: dict) -> None:
    content["sparsities"] = [0, 90]
    content["tasks"] = ["CoLA"]
    content["finetuning"]["learning_rates"] = [5e-5]


def test_the_stand_in_makes_each_jobs_files_and_no_others(tmp_path):
    """If the stand-in also wrote a job's inputs, Snakemake would plan other jobs that read them again."""
    study = Study(tmp_path, "prunetransfer")
    study.configure(cut)
    planned = study.plan()
    assert planned["finetune"] == 6
    command = (sys.executable, "-m", "snakemake", "--workflow-profile", "none", "--cores", "2")
    subprocess.run(command, cwd=tmp_path, env=study.environment, check=True, capture_output=True)
    assert study.plan().total() == 0
    study.configure(one_sparsity_more)
    planned = study.plan()
    assert (planned["finetune"], planned["pretrain"], planned["task"]) == (4, 2, 0)
