# Figures, the resolved configuration, and the study's manifest. A figure has a module of prunetransfer.figures and an entry in
# prunetransfer/jobs/figures.py.

for number, kind in JOBS.figures.items():

    rule:
        name:
            kind.rule
        input:
            inputs(kind.rule),
        output:
            **outputs(kind.rule),
        params:
            **parameters(kind.rule, inputs=ask("input_options", kind.rule), number=number),
        log:
            log_of(kind.rule),
        benchmark:
            benchmark_of(kind.rule)
        conda:
            "../../envs/prunetransfer.yaml"
        group:
            "report"
        threads: 1
        resources:
            gpu=0,
            mem_mb=growing(2000),
            runtime=growing(30),
        shell:
            "prunetransfer figure {params.number} {params.inputs} --settings {params.settings:q}"
            " --output {output.png} > {log} 2>&1"


rule resolved_config:
    localrule: True
    output:
        **outputs("resolved_config"),
    params:
        **parameters("resolved_config"),
    log:
        log_of("resolved_config"),
    benchmark:
        benchmark_of("resolved_config")
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
        JOBS.tables,


rule figures:
    input:
        JOBS.drawn,


# The last job of a study. It writes the digests of tables and figures, which `prunetransfer verify` checks.
rule study_manifest:
    input:
        inputs("study_manifest"),
    output:
        **outputs("study_manifest"),
    log:
        log_of("study_manifest"),
    benchmark:
        benchmark_of("study_manifest")
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
