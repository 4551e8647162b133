import subprocess
import sys

import pytest

from prunetransfer.figures.style import arm_styles, task_styles


def test_an_arm_looks_the_same_whichever_others_a_study_has():
    few, many = arm_styles(["random"]), arm_styles(["prune_pretrain", "mine", "random", "yours"])
    assert few["random"] == many["random"]
    assert len({style.color for style in many.values()}) == len({style.marker for style in many.values()}) == 6


def test_a_paper_task_looks_the_same_whichever_others_a_study_has_and_however_it_is_spelt():
    few, many = task_styles(["SST-2"]), task_styles(["mine", "cola", "yours", "sst2"])
    assert few["SST-2"] == many["sst2"]
    assert task_styles(["theirs", "SST-2", "MNLI"])["SST-2"] == few["SST-2"]


@pytest.mark.parametrize(
    "tasks",
    [["MNLI", "QQP", "QNLI", "SST-2", "CoLA", "MRPC"], ["CoLA", "cola", "COLA"], [f"task {n}" for n in range(100)], []],
    ids=["the paper's and another", "alike", "many", "none"],
)
def test_no_two_tasks_have_the_same_colour(tasks):
    colors = task_styles(tasks)
    assert list(colors) == tasks
    assert len(set(colors.values())) == len(tasks)


def test_few_tasks_never_have_the_two_colours_of_arms_in_figure_2():
    arms = {arm_styles(["prune_pretrain", "random"])[arm].color for arm in ("prune_pretrain", "random")}
    assert not arms & set(task_styles(["one", "CoLA", "two", "three"]).values())


def test_collecting_tabling_and_drawing_need_no_torch():
    modules = ["analysis.runs", "analysis.pretraining", "analysis.table1", "figures.figure1", "config.study"]
    modules += ["analysis.information", "figures.figure2"]
    code = "; ".join(f"import prunetransfer.{module}" for module in modules)
    code += "; import sys; assert not {'torch', 'transformers', 'snakemake'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
