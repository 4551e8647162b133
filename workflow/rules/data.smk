# Jobs that prepare data: they make token arrays. Only these rules use tokenizers, `datasets` and the hub.


rule language:
    output:
        **outputs("language"),
    params:
        **parameters("language"),
    log:
        log_of("language"),
    benchmark:
        benchmark_of("language")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(1000),
        runtime=growing(10),
    shell:
        "prunetransfer language --settings {params.settings:q} --output {output.manifest} > {log} 2>&1"


rule encoder:
    input:
        inputs("encoder"),
    output:
        **outputs("encoder"),
    params:
        **parameters("encoder", language=ask("language_options", "encoder")),
    log:
        log_of("encoder"),
    benchmark:
        benchmark_of("encoder")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(8000),
        runtime=growing(60),
    shell:
        "prunetransfer encoder --settings {params.settings:q} {params.language}"
        " --output {output.manifest} > {log} 2>&1"


rule corpus:
    input:
        inputs("corpus"),
    output:
        **outputs("corpus"),
    params:
        **parameters("corpus", language=ask("language_options", "corpus")),
    log:
        log_of("corpus"),
    benchmark:
        benchmark_of("corpus")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 8
    resources:
        gpu=0,
        mem_mb=growing(16000),
        runtime=growing(24 * 60),
    shell:
        "prunetransfer corpus --settings {params.settings:q} --encoder {input.encoder} {params.language}"
        " --output {output.manifest} --threads {threads} > {log} 2>&1"


rule task:
    input:
        inputs("task"),
    output:
        **outputs("task"),
    params:
        **parameters("task", language=ask("language_options", "task")),
    log:
        log_of("task"),
    benchmark:
        benchmark_of("task")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(4000),
        runtime=growing(60),
    shell:
        "prunetransfer task --settings {params.settings:q} --encoder {input.encoder} {params.language}"
        " --output {output.manifest} > {log} 2>&1"
