# Figures, and what a study's results come with.


rule figure1:
    input:
        table=in_study(paths.TABLE, number=1, format="csv"),
    output:
        png=report(
            in_study(paths.FIGURE, number=1, format="png"), caption="../report/figure1.rst", category="Figures"
        ),
        pdf=in_study(paths.FIGURE, number=1, format="pdf"),
        csv=in_study(paths.FIGURE, number=1, format="csv"),
    params:
        settings=STUDY.figures.model_dump_json(),
        code=stages.analysis_code("figures.figure1"),
    log:
        in_study(paths.LOG, job="figures/figure1"),
    benchmark:
        in_study(paths.BENCHMARK, job="figures/figure1")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} figure1 --settings {params.settings:q} --table {input.table}"
        " --output {output.png} > {log} 2>&1"


rule resolved_config:
    output:
        config=in_study(paths.RESOLVED_CONFIG),
    params:
        settings=STUDY.model_dump_json(),
    log:
        in_study(paths.LOG, job="config"),
    benchmark:
        in_study(paths.BENCHMARK, job="config")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=500,
        runtime=5,
    shell:
        "prunetransfer resolve --settings {params.settings:q} --output {output.config} > {log} 2>&1"


rule tables:
    input:
        in_study(paths.RUNS),
        in_study(paths.PRETRAINING),
        expand(in_study(paths.TABLE, number=1), format=["csv", "md", "tex"]),


rule figures:
    input:
        expand(in_study(paths.FIGURE, number=1), format=["png", "pdf", "csv"]),
