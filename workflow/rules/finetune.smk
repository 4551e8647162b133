# Fine-tuning: a job and a metrics.json for each run. A thread each on a CPU: two runs at once beat one on two threads.


# The unpruned model. Its weights are kept: `prune_downstream` starts from them.
rule trajectory:
    input:
        checkpoint=in_study(paths.PRETRAINED, criterion=paths.DENSE, sparsity=0),
        task=in_study(paths.TASK),
    output:
        metrics=in_study(paths.METRICS, arm=UNPRUNED, sparsity=0),
        predictions=in_study(paths.PREDICTIONS, arm=UNPRUNED, sparsity=0),
        snapshot=in_study(paths.SNAPSHOT),
        timing=in_study(paths.TIMING, job=f"finetuned/{UNPRUNED}/0/{TRAJECTORY}"),
    params:
        settings=unpruned_settings,
        code=unpruned_code,
        state=in_study(paths.STATE, job=f"finetuned/{UNPRUNED}/0/{TRAJECTORY}.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job=f"finetuned/{UNPRUNED}/0/{TRAJECTORY}"),
    log:
        in_study(paths.LOG, job=f"finetuned/{UNPRUNED}/0/{TRAJECTORY}"),
    benchmark:
        in_study(paths.BENCHMARK, job=f"finetuned/{UNPRUNED}/0/{TRAJECTORY}")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=6 * 60,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --snapshot {output.snapshot} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


rule finetune:
    input:
        checkpoint=checkpoint_of_run,
        task=in_study(paths.TASK),
    output:
        metrics=in_study(paths.METRICS),
        predictions=in_study(paths.PREDICTIONS),
        timing=in_study(paths.TIMING, job=f"finetuned/{paths.RUN}"),
    params:
        settings=finetune_settings,
        code=finetune_code,
        state=in_study(paths.STATE, job=f"finetuned/{paths.RUN}.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job=f"finetuned/{paths.RUN}"),
    log:
        in_study(paths.LOG, job=f"finetuned/{paths.RUN}"),
    benchmark:
        in_study(paths.BENCHMARK, job=f"finetuned/{paths.RUN}")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=6 * 60,
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


# Both can make the unpruned model's runs; only `trajectory` keeps the weights.
ruleorder: trajectory > finetune
