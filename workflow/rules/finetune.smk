# Fine-tuning: a job and a metrics.json for each run. A thread each on a CPU: two runs at once beat one on two threads.


# The unpruned model. Its weights are kept: `prune_downstream` starts from them, and analyses read them.
rule trajectory:
    input:
        checkpoint=in_study(paths.PRETRAINED, criterion=paths.DENSE, sparsity=0),
        task=in_study(paths.TASK),
    output:
        metrics=in_study(paths.METRICS, arm=UNPRUNED, sparsity=0),
        predictions=in_study(paths.PREDICTIONS, arm=UNPRUNED, sparsity=0),
        snapshot=in_study(paths.SNAPSHOT, epoch=STUDY.unpruned_epochs),
        weights=in_study(paths.SNAPSHOT_WEIGHTS, epoch=STUDY.unpruned_epochs),
        timing=in_study(paths.TIMING, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}"),
    params:
        settings=unpruned_settings,
        code=unpruned_code,
        snapshots=in_study(paths.SNAPSHOT, epoch="*"),
        state=in_study(paths.STATE, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}"),
    log:
        in_study(paths.LOG, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}"),
    benchmark:
        in_study(paths.BENCHMARK, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(6 * 60),
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --snapshots {params.snapshots:q} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


# The same at the learning rate that is followed epoch by epoch.
use rule trajectory as followed_trajectory with:
    output:
        metrics=in_study(paths.METRICS, arm=UNPRUNED, sparsity=0),
        predictions=in_study(paths.PREDICTIONS, arm=UNPRUNED, sparsity=0),
        snapshot=in_study(paths.SNAPSHOT, epoch=STUDY.unpruned_epochs),
        weights=in_study(paths.SNAPSHOT_WEIGHTS, epoch=STUDY.unpruned_epochs),
        timing=in_study(paths.TIMING, job=f"finetuned/{UNPRUNED}/0/{paths.TRAJECTORY}"),
        passing=[kept(file) for template in SNAPSHOT_FILES for file in snapshots(template, PASSING_EPOCHS)],
    wildcard_constraints:
        learning_rate=FOLLOWED,


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
        mem_mb=growing(8000),
        runtime=growing(6 * 60),
        warm=0,
    shell:
        "prunetransfer --warm {resources.warm} finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


# Fine-tune for so many epochs, prune, fine-tune on.
use rule finetune as prune_after with:
    input:
        checkpoint=prune_after_checkpoint,
        task=in_study(paths.TASK),
        weights=prune_after_weights,
    output:
        metrics=in_study(paths.PRUNE_AFTER_METRICS),
        predictions=in_study(paths.PRUNE_AFTER_PREDICTIONS),
        timing=in_study(paths.TIMING, job=f"prune_after/{paths.PRUNE_AFTER}"),
    params:
        settings=prune_after_settings,
        code=prune_after_code,
        state=in_study(paths.STATE, job=f"prune_after/{paths.PRUNE_AFTER}.safetensors"),
        tensorboard=in_study(paths.TENSORBOARD, job=f"prune_after/{paths.PRUNE_AFTER}"),
    log:
        in_study(paths.LOG, job=f"prune_after/{paths.PRUNE_AFTER}"),
    benchmark:
        in_study(paths.BENCHMARK, job=f"prune_after/{paths.PRUNE_AFTER}")


# All can make the unpruned model's runs; a trajectory keeps the weights, the followed one those after each epoch.
ruleorder: followed_trajectory > trajectory > finetune
