# Pre-training: one dense burn-in, and from it a checkpoint for each criterion and sparsity.


rule burn_in:
    input:
        checkpoint=in_study(paths.ENCODER),
        corpus=in_study(paths.CORPUS),
    output:
        manifest=in_study(paths.BURN_IN),
        timing=in_study(paths.TIMING, job="burn_in"),
    params:
        settings=STUDY.burn_in_stage().model_dump_json(),
        code=burn_in_code,
        state=in_study(paths.STATE, job="burn_in.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job="burn_in"),
    log:
        in_study(paths.LOG, job="burn_in"),
    benchmark:
        in_study(paths.BENCHMARK, job="burn_in")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1 if SMALL else 8
    resources:
        gpu=1,
        mem_mb=growing(16000),
        runtime=growing(24 * 60),
        warm=0,
        compiled=0,
    shell:
        "prunetransfer --warm {resources.warm} pretrain --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --corpus {input.corpus} --output {output.manifest}"
        " --timing {output.timing} --state {params.state} --tensorboard {params.tensorboard}"
        " --threads {threads} --processes {resources.gpu} --compiled {resources.compiled} > {log} 2>&1"


rule pretrain:
    input:
        checkpoint=in_study(paths.BURN_IN),
        corpus=in_study(paths.CORPUS),
    output:
        manifest=in_study(paths.PRETRAINED),
        timing=in_study(paths.TIMING, job="pretrained/{criterion}/{sparsity}"),
    params:
        settings=pretrain_settings,
        code=pretrain_code,
        state=in_study(paths.STATE, job="pretrained/{criterion}/{sparsity}.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job="pretrained/{criterion}/{sparsity}"),
    log:
        in_study(paths.LOG, job="pretrained/{criterion}/{sparsity}"),
    benchmark:
        in_study(paths.BENCHMARK, job="pretrained/{criterion}/{sparsity}")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=growing(16000),
        runtime=growing(24 * 60),
        warm=0,
        compiled=0,
    shell:
        "prunetransfer --warm {resources.warm} pretrain --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --corpus {input.corpus} --output {output.manifest}"
        " --timing {output.timing} --state {params.state} --tensorboard {params.tensorboard}"
        " --threads {threads} --processes {resources.gpu} --compiled {resources.compiled} > {log} 2>&1"
