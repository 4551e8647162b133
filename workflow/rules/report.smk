# Figures, and what a study's results come with. A figure is a module of prunetransfer.figures.

# Numbers as in the paper; what each draws: a line for each figure.
FIGURES = {
    1: [TABLE1, *analysis_tables("averages")],
    2: [TABLE1, *analysis_tables("information", "features"), published("table1")],
    3: analysis_tables("mask_differences", "settling"),
    4: [*analysis_tables("head_sparsity", "movement"), published("figure4_movement_by_epoch")],
    5: analysis_tables("pruned_weights"),
    6: analysis_tables("differences"),
    7: analysis_tables("movement_bins"),
    8: analysis_tables("attention_map"),
    9: analysis_tables("embedding_map", "embedding_lengths"),
}

for number, drawn in FIGURES.items():

    rule:
        name:
            f"figure{number}"
        input:
            drawn,
        output:
            png=report(
                in_study(paths.FIGURE, number=number, format="png"),
                caption=f"../report/figure{number}.rst",
                category="Figures",
            ),
            pdf=in_study(paths.FIGURE, number=number, format="pdf"),
            csv=in_study(paths.FIGURE, number=number, format="csv"),
        params:
            number=number,
            settings=STUDY.figures.model_dump_json(),
            code=analysis_code(f"figures.figure{number}"),
        log:
            in_study(paths.LOG, job=f"figures/figure{number}"),
        benchmark:
            in_study(paths.BENCHMARK, job=f"figures/figure{number}")
        conda:
            "../../envs/prunetransfer.yaml"
        group:
            "report"
        threads: 1
        resources:
            gpu=0,
            mem_mb=growing(2000),
            runtime=growing(30),
            warm=0,
        shell:
            "prunetransfer --warm {resources.warm} figure {params.number} {input} --settings {params.settings:q}"
            " --output {output.png} > {log} 2>&1"


rule resolved_config:
    localrule: True
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
        expand(in_study(paths.TABLE), name=["table1", "table2", "table3"], format=["csv", "md", "tex"]),
        expand(in_study(paths.TABLE), name=["claims", "summary"], format=["csv", "md"]),


rule figures:
    input:
        expand(in_study(paths.FIGURE), number=list(FIGURES), format=["png", "pdf", "csv"]),


# Last of all: digests of what has no manifest beside it, for `prunetransfer verify`.
rule study_manifest:
    input:
        rules.tables.input,
        rules.figures.input,
        rules.resolved_config.output,
    output:
        manifest=in_study(paths.MANIFEST),
    log:
        in_study(paths.LOG, job="manifest"),
    benchmark:
        in_study(paths.BENCHMARK, job="manifest")
    conda:
        "../../envs/prunetransfer.yaml"
    group:
        "report"
    threads: 1
    resources:
        gpu=0,
        mem_mb=500,
        runtime=5,
    shell:
        "prunetransfer manifest --output {output.manifest} > {log} 2>&1"
