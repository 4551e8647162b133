# From the runs to tables.


rule runs:
    input:
        metrics=of_every_run(paths.METRICS),
        timing=of_every_run(in_study(paths.TIMING, job=f"finetuned/{paths.RUN}")),
    output:
        table=in_study(paths.RUNS),
    params:
        settings=GRID.model_dump_json(),
        code=stages.analysis_code("analysis.runs"),
    log:
        in_study(paths.LOG, job="tables/runs"),
    benchmark:
        in_study(paths.BENCHMARK, job="tables/runs")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} runs --settings {params.settings:q} --output {output.table} > {log} 2>&1"


rule pretraining:
    input:
        manifests=of_every_checkpoint(paths.PRETRAINED),
        timing=of_every_checkpoint(in_study(paths.TIMING, job="pretrained/{criterion}/{sparsity}")),
    output:
        table=in_study(paths.PRETRAINING),
    params:
        settings=GRID.model_dump_json(),
        code=stages.analysis_code("analysis.pretraining"),
    log:
        in_study(paths.LOG, job="tables/pretraining"),
    benchmark:
        in_study(paths.BENCHMARK, job="tables/pretraining")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} pretraining --settings {params.settings:q} --output {output.table}"
        " > {log} 2>&1"


rule table1:
    input:
        runs=in_study(paths.RUNS),
        pretraining=in_study(paths.PRETRAINING),
        predictions=of_every_run(paths.PREDICTIONS),
        tasks=expand(in_study(paths.TASK), task=STUDY.tasks),
        reference="workflow/reference/table1.csv",
    output:
        csv=report(
            in_study(paths.TABLE, number=1, format="csv"), caption="../report/table1.rst", category="Tables"
        ),
        md=in_study(paths.TABLE, number=1, format="md"),
        tex=in_study(paths.TABLE, number=1, format="tex"),
    params:
        settings=GRID.model_dump_json(),
        code=stages.analysis_code("analysis.table1"),
    log:
        in_study(paths.LOG, job="tables/table1"),
    benchmark:
        in_study(paths.BENCHMARK, job="tables/table1")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} table1 --settings {params.settings:q} --runs {input.runs}"
        " --pretraining {input.pretraining} --reference {input.reference} --output {output.csv} > {log} 2>&1"
