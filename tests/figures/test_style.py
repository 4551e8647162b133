import subprocess
import sys

from prunetransfer.figures.style import arm_styles


def test_an_arm_looks_the_same_whichever_others_a_study_has():
    few, many = arm_styles(["random"]), arm_styles(["prune_pretrain", "mine", "random", "yours"])
    assert few["random"] == many["random"]
    assert len({style.color for style in many.values()}) == len({style.marker for style in many.values()}) == 6


def test_collecting_tabling_and_drawing_need_no_torch():
    modules = ["analysis.runs", "analysis.pretraining", "analysis.table1", "figures.figure1", "config.study"]
    code = "; ".join(f"import prunetransfer.{module}" for module in modules)
    code += "; import sys; assert not {'torch', 'transformers', 'snakemake'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
