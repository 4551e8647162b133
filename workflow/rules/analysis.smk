# Analyses make tables from runs and checkpoints. Each has a module of prunetransfer.analysis and an entry in
# prunetransfer/jobs/analyses.py.


# Measures how far one fine-tuning moves weights in the sort order, after each of its epochs.
rule trajectory_movement:
    input:
        inputs("trajectory_movement"),
    output:
        **outputs("trajectory_movement"),
    params:
        **parameters("trajectory_movement", inputs=ask("input_options", "trajectory_movement")),
    log:
        log_of("trajectory_movement"),
    benchmark:
        benchmark_of("trajectory_movement")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(4000),
        runtime=growing(120),
    shell:
        "prunetransfer analyse movement {params.inputs}"
        " --settings {params.settings:q} --output {output.movement} > {log} 2>&1"


for name, kind in JOBS.analyses.items():

    rule:
        name:
            name
        input:
            inputs(name),
        output:
            **outputs(name),
        params:
            **parameters(name, inputs=ask("input_options", name), module=kind.module),
        log:
            log_of(name),
        benchmark:
            benchmark_of(name)
        conda:
            "../../envs/prunetransfer.yaml"
        group:
            "report"
        threads: 8 if kind.analysis.is_large and not SMALL else 1
        resources:
            gpu=0,
            mem_mb=growing(4000),
            runtime=growing(60),
        shell:
            "prunetransfer analyse {params.module} {params.inputs} --settings {params.settings:q}"
            " --threads {threads} --output {output.table} > {log} 2>&1"
