# From the configuration to token arrays. Only these stages touch tokenizers, `datasets` and the hub.


rule language:
    output:
        manifest=in_study(paths.LANGUAGE),
    params:
        settings=STUDY.language.model_dump_json() if STUDY.language else "",
        code=language_code,
    log:
        in_study(paths.LOG, job="language"),
    benchmark:
        in_study(paths.BENCHMARK, job="language")
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
        texts=files_of_corpus() if STUDY.encoder.source == "fresh" else [],
    output:
        manifest=in_study(paths.ENCODER),
    params:
        settings=STUDY.encoder_stage().model_dump_json(),
        language=language_option(files_of_corpus()) if STUDY.encoder.source == "fresh" else "",
        code=encoder_code,
    log:
        in_study(paths.LOG, job="encoder"),
    benchmark:
        in_study(paths.BENCHMARK, job="encoder")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(8000),
        runtime=growing(60),
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} encoder --settings {params.settings:q} {params.language}"
        " --output {output.manifest} > {log} 2>&1"


rule corpus:
    input:
        encoder=in_study(paths.ENCODER),
        texts=files_of_corpus(),
    output:
        manifest=in_study(paths.CORPUS),
    params:
        settings=STUDY.corpus.model_dump_json(),
        language=language_option(files_of_corpus()),
        code=corpus_code,
    log:
        in_study(paths.LOG, job="corpus"),
    benchmark:
        in_study(paths.BENCHMARK, job="corpus")
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
        encoder=in_study(paths.ENCODER),
        texts=files_of_task,
    output:
        manifest=in_study(paths.TASK),
    params:
        settings=task_settings,
        language=language_option_of_task,
        code=task_code,
    log:
        in_study(paths.LOG, job="tasks/{task}"),
    benchmark:
        in_study(paths.BENCHMARK, job="tasks/{task}")
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
