"""Follows the recipes of docs/extending.md as they are written: adds only the files and lines that they name."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from prunetransfer.config.methods import METHODS
from prunetransfer.storage import load_sparse

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "extending.md"
LIBRARY = "workflow/prunetransfer"
TRAINING = {"burn_in", "pretrain", "trajectory", "followed_trajectory", "finetune", "prune_after"}

pytestmark = pytest.mark.xdist_group("workflow")


def recipe(title: str, language: str) -> list[str]:
    """The blocks of one language in a section of the page."""
    (section,) = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def write(project, code: str) -> None:
    """Writes a block to the file that its first line names, which must not be there yet."""
    path = project.folder / LIBRARY / re.match(r"# (\S+\.py)\n", code)[1]
    assert not path.exists()
    path.write_text(code)


def shorten(arms: dict) -> dict:
    return {name: {**arm, "epochs": 2} for name, arm in arms.items()}


def use_criterion(project, lines: str, name: str) -> None:
    """Adds a criterion and its arm to the configuration, with a ramp and epochs that fit the tiny study."""
    added = yaml.safe_load(lines)
    added["pretraining"]["criteria"][name]["ramp_steps"] = 10

    def add(content):
        content["pretraining"]["criteria"] |= added["pretraining"]["criteria"]
        content["arms"] |= shorten(added["arms"])

    project.configure(add)


def test_a_task(project):
    (lines,) = recipe("A task", "yaml")
    folder = project.folder / "data/reviews"
    folder.mkdir(parents=True)
    for split in ("train", "dev"):
        (folder / f"{split}.tsv").write_text("sentence\tlabel\n" + "good fun\tpositive\nbad luck\tnegative\n" * 4)
    project.configure(lambda content: content.update(yaml.safe_load(lines)))
    project.run("snakemake", "--cores", "2", "results/miniature/tasks/reviews/manifest.json")
    manifest = json.loads((project.folder / "results/miniature/tasks/reviews/manifest.json").read_text())
    assert manifest["splits"]["train"]["examples"] == 8
    shutil.rmtree(project.folder / "results/miniature/tasks/reviews")
    shutil.rmtree(project.folder / "data")


def test_a_saliency_criterion(project):
    (code,), (lines,) = recipe("A saliency criterion", "python"), recipe("A saliency criterion", "yaml")
    write(project, code)
    use_criterion(project, lines, "row_magnitude")
    planned = project.planned()
    assert set(planned) & TRAINING == {"pretrain", "finetune"}
    assert planned["pretrain"] == 1
    assert planned["finetune"] == 2
    project.run("snakemake", "--cores", "2", "results/miniature/pretrained/row_magnitude/50/manifest.json")
    metrics = json.loads((project.folder / "results/miniature/pretrained/row_magnitude/50/metrics.json").read_text())
    assert abs(metrics["achieved_sparsity"] - 50) < 0.1
    shutil.rmtree(project.folder / "results/miniature/pretrained/row_magnitude")


def test_a_global_arm(project):
    """The lines of docs/studies.md: an arm whose matrices share a threshold, beside the one whose matrices do not."""
    (lines,) = re.findall(r"```yaml\n(pretraining:.*?)```", (DOCS / "studies.md").read_text(), re.DOTALL)
    use_criterion(project, lines, "global_magnitude")
    planned = project.planned()
    assert {rule: planned[rule] for rule in set(planned) & TRAINING} == {"pretrain": 1, "finetune": 2}
    results = project.folder / "results/miniature"
    run = "finetuned/global_magnitude/50/inference/lr1e-3/seed0/metrics.json"
    project.run("snakemake", "--cores", "2", f"results/miniature/{run}")
    masks = {
        name: load_sparse(results / f"pretrained/{name}/50/checkpoint.safetensors")[1]
        for name in ("magnitude", "global_magnitude")
    }
    for found in masks.values():
        entries = sum(mask.numel() for mask in found.values())
        assert sum(int(mask.sum()) for mask in found.values()) == entries - round(0.5 * entries)
    kept = {name: {round(float(mask.float().mean()), 3) for mask in found.values()} for name, found in masks.items()}
    assert kept["magnitude"] == {0.5} and len(kept["global_magnitude"]) > 1
    assert abs(json.loads((results / run).read_text())["achieved_sparsity"] - 50) < 0.01
    shutil.rmtree(results / "pretrained/global_magnitude")
    shutil.rmtree(results / "finetuned/global_magnitude")


def test_a_method_of_an_arm(project):
    (row,), (lines,) = recipe("A method of an arm", "python"), recipe("A method of an arm", "yaml")
    project.edit(f"{LIBRARY}/config/methods.py", "METHODS = {\n", f"METHODS = {{\n{row}")
    project.configure(lambda content: content["arms"].update(shorten(yaml.safe_load(lines)["arms"])))
    planned = project.planned()
    assert set(planned) & TRAINING == {"finetune"}
    assert planned["finetune"] == 2
    run = "results/miniature/finetuned/prune_at_start/50/inference/lr1e-3/seed0"
    project.run("snakemake", "--cores", "2", f"{run}/metrics.json")
    metrics = json.loads((project.folder / run / "metrics.json").read_text())
    assert (metrics["arm"], metrics["sparsity"], metrics["task"]) == ("prune_at_start", 50, "inference")
    assert abs(metrics["achieved_sparsity"] - 50) < 0.1
    assert "prune_at_start" not in METHODS, "the recipe's name is free"
    shutil.rmtree(project.folder / "results/miniature/finetuned/prune_at_start")


def test_an_analysis(project):
    code, line = recipe("An analysis", "python")
    write(project, code)
    project.edit(f"{LIBRARY}/jobs/analyses.py", "ANALYSES = {\n", f"ANALYSES = {{\n{line}")
    assert project.planned() == Counter(), "nothing that is there is made again"
    project.run("snakemake", "--cores", "1", "largest_weights")
    table = project.folder / "results/miniature/analysis/largest_weights.csv"
    assert len(table.read_text().splitlines()) == 1 + 14
    table.unlink()


def test_a_figure(project):
    code, line = recipe("A figure", "python")
    write(project, code)
    project.edit(f"{LIBRARY}/jobs/figures.py", "FIGURES = {\n", f"FIGURES = {{\n{line}")
    assert project.planned() == Counter(figure10=1, study_manifest=1)
    project.run("snakemake", "--cores", "1", "figure10")
    for suffix in ("png", "pdf", "csv"):
        file = project.folder / f"results/miniature/figures/figure10.{suffix}"
        assert file.stat().st_size > 0
        file.unlink()


def test_an_encoders_architecture(project):
    (code,) = recipe("An encoder's architecture", "python")
    write(project, code)
    before = project.planned()

    def use(content):
        content["study"] = "camembert"
        content["encoder"]["architecture"] = "camembert"
        content["pretraining"]["objective"]["next_sentence"] = False

    assert before == Counter(), "nothing that is there is made again"
    project.configure(use)
    results = "results/camembert"
    run = f"{results}/finetuned/prune_pretrain/50/inference/lr1e-3/seed0/metrics.json"
    project.run("snakemake", "--cores", "2", run, f"{results}/analysis/head_sparsity.csv")
    assert json.loads((project.folder / results / "encoder/config.json").read_text())["model_type"] == "camembert"
    assert abs(json.loads((project.folder / run).read_text())["achieved_sparsity"] - 50) < 0.2
    shutil.rmtree(project.folder / results)
