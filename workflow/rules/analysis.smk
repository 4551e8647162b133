# From runs and checkpoints to tidy tables. An analysis is a module of prunetransfer.analysis, called by its rule's name.
from typing import NamedTuple


# One fine-tuning's sort orders, after each of its epochs.
rule trajectory_movement:
    input:
        base=in_study(paths.PRETRAINED, criterion=paths.DENSE, sparsity=0),
        snapshots=snapshots_of_trajectory,
        weights=weights_of_trajectory,
    output:
        movement=in_study(paths.TRAJECTORY_ANALYSIS, name="movement"),
        bins=in_study(paths.TRAJECTORY_ANALYSIS, name="movement_bins"),
        masks=in_study(paths.TRAJECTORY_ANALYSIS, name="mask_differences"),
    params:
        settings=analysis_stages.movement(STUDY).model_dump_json(),
        code=analysis_code("analysis.movement"),
    log:
        in_study(paths.LOG, job=f"analysis/movement/{paths.TRAJECTORY}"),
    benchmark:
        in_study(paths.BENCHMARK, job=f"analysis/movement/{paths.TRAJECTORY}")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(4000),
        runtime=growing(120),
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} analyse movement {input.snapshots} --settings {params.settings:q}"
        " --output {output.movement} > {log} 2>&1"


class Analysis(NamedTuple):
    """What the rule of an analysis reads and writes."""

    outputs: list
    """The command is told the first; the others stand beside it."""
    inputs: list
    """What the command is given, in this order."""
    settings: object = None
    reads: list = []
    """What it finds by itself."""
    implementation: str = ""
    """Of prunetransfer.analysis, where it isn't called as the rule."""
    threads: int = 1


UNPRUNED_CHECKPOINT = there([in_study(paths.PRETRAINED, criterion=paths.DENSE, sparsity=0)])
PRUNED_CHECKPOINTS = of_every_checkpoint(paths.PRETRAINED, list(STUDY.pretraining.criteria))
TASKS = expand(in_study(paths.TASK), task=STUDY.tasks)
PREDICTIONS = of_every_run(paths.PREDICTIONS)
TABLE1 = in_study(paths.TABLE, name="table1", format="csv")


ANALYSES = {
    "runs": Analysis(
        [in_study(paths.RUNS)],
        [],
        GRID,
        reads=[*of_every_run(paths.METRICS), *of_every_run(in_study(paths.TIMING, job=f"finetuned/{paths.RUN}"))],
    ),
    "pretraining": Analysis(
        [in_study(paths.PRETRAINING)],
        [],
        GRID,
        reads=[
            *of_every_checkpoint(paths.PRETRAINED),
            *of_every_checkpoint(in_study(paths.TIMING, job="pretrained/{criterion}/{sparsity}")),
        ],
    ),
    "table1": Analysis(
        report_tables("table1", "md", "tex"),
        [in_study(paths.RUNS), in_study(paths.PRETRAINING), published("table1")],
        GRID,
        reads=[*PREDICTIONS, *TASKS],
    ),
    "averages": Analysis(analysis_tables("averages"), [in_study(paths.RUNS)], GRID, reads=[*PREDICTIONS, *TASKS]),
    "differences": Analysis(analysis_tables("differences"), [in_study(paths.RUNS)], GRID, reads=[*PREDICTIONS, *TASKS]),
    "information": Analysis(analysis_tables("information"), [TABLE1], analysis_stages.information(STUDY)),
    "movement": Analysis(
        analysis_tables("movement"),
        movement_of_every_trajectory("movement"),
        implementation="concatenated",
    ),
    "movement_bins": Analysis(
        analysis_tables("movement_bins"),
        movement_of_every_trajectory("movement_bins"),
        implementation="concatenated",
    ),
    "table2": Analysis(
        report_tables("table2", "md", "tex"), [*analysis_tables("movement"), published("table2")], analysis_stages.table2(STUDY)
    ),
    "mask_differences": Analysis(
        analysis_tables("mask_differences"),
        [
            *of_every_checkpoint(paths.PRETRAINED, ["magnitude"]),
            *of_every_trajectory(paths.SNAPSHOT, epoch=STUDY.unpruned_epochs),
            *movement_of_every_trajectory("mask_differences"),
        ],
        analysis_stages.mask_differences(STUDY),
        reads=of_every_trajectory(paths.SNAPSHOT_WEIGHTS, epoch=STUDY.unpruned_epochs),
    ),
    "settling": Analysis(
        analysis_tables("settling"), of_every_prune_after(paths.PRUNE_AFTER_METRICS), analysis_stages.settling(STUDY)
    ),
    "head_sparsity": Analysis(
        analysis_tables("head_sparsity"), PRUNED_CHECKPOINTS, implementation="attention_heads"
    ),
    "pruned_weights": Analysis(analysis_tables("pruned_weights"), UNPRUNED_CHECKPOINT),
    "weight_statistics": Analysis(analysis_tables("weight_statistics"), UNPRUNED_CHECKPOINT),
    "table3": Analysis(
        report_tables("table3", "md", "tex"), [*analysis_tables("weight_statistics"), published("table3")]
    ),
    "weight_maps": Analysis(
        analysis_tables("attention_map", "embedding_map", "embedding_lengths"),
        UNPRUNED_CHECKPOINT,
        analysis_stages.weight_maps(STUDY),
    ),
    "features": Analysis(
        analysis_tables("features"),
        [in_study(paths.CORPUS), *UNPRUNED_CHECKPOINT, *PRUNED_CHECKPOINTS],
        analysis_stages.features(STUDY),
        threads=1 if SMALL else 8,
    ),
    "claims": Analysis(
        report_tables("claims", "md"),
        [
            TABLE1,
            in_study(paths.TABLE, name="table2", format="csv"),
            *analysis_tables("differences", "averages", "information", "movement", "movement_bins", "mask_differences"),
            *analysis_tables("head_sparsity", "features", "embedding_lengths"),
            *TASKS,
            *map(published, ["table1", "table2", "figure4_movement_by_epoch", "tasks"]),
        ],
        STUDY.claims,
    ),
    "summary": Analysis(report_tables("summary", "md"), analysis_tables("differences"), STUDY.claims),
}

for name, analysis in ANALYSES.items():

    rule:
        name:
            name
        input:
            arguments=analysis.inputs,
            reads=analysis.reads,
        output:
            table=analysis.outputs[0],
            further=analysis.outputs[1:],
        params:
            module=analysis.implementation or name,
            settings=analysis.settings.model_dump_json() if analysis.settings else "null",
            code=analysis_code(f"analysis.{analysis.implementation or name}"),
        log:
            in_study(paths.LOG, job=f"analysis/{name}"),
        benchmark:
            in_study(paths.BENCHMARK, job=f"analysis/{name}")
        conda:
            "../../envs/prunetransfer.yaml"
        group:
            "report"
        threads: analysis.threads
        resources:
            gpu=0,
            mem_mb=growing(4000),
            runtime=growing(60),
            warm=0,
        shell:
            "prunetransfer --warm {resources.warm} analyse {params.module} {input.arguments}"
            " --settings {params.settings:q} --threads {threads} --output {output.table} > {log} 2>&1"
