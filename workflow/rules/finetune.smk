# Fine-tuning: a job and a metrics.json for each run. One thread for each on a CPU: two runs at once are faster than one
# run on two threads.


# The unpruned model. Its weights are saved: methods that start from a fine-tuned model, and analyses, read them.
rule trajectory:
    input:
        inputs("trajectory"),
    output:
        **outputs("trajectory"),
    params:
        **parameters("trajectory", **training_files("trajectory")),
        snapshots=JOBS["trajectory"].in_study(paths.SNAPSHOT, epoch="*"),
    log:
        log_of("trajectory"),
    benchmark:
        benchmark_of("trajectory")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(6 * 60),
    shell:
        "prunetransfer finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --snapshots {params.snapshots:q} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


# The same at the learning rate that is followed epoch by epoch.
use rule trajectory as followed_trajectory with:
    output:
        **outputs("followed_trajectory"),
    wildcard_constraints:
        learning_rate=FOLLOWED,


rule finetune:
    input:
        inputs("finetune"),
    output:
        **outputs("finetune"),
    params:
        **parameters("finetune", **training_files("finetune")),
    log:
        log_of("finetune"),
    benchmark:
        benchmark_of("finetune")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(6 * 60),
    shell:
        "prunetransfer finetune --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --task {input.task} --metrics {output.metrics}"
        " --predictions {output.predictions} --timing {output.timing}"
        " --state {params.state} --tensorboard {params.tensorboard} --threads {threads} > {log} 2>&1"


# Fine-tune for some epochs, prune, fine-tune on.
use rule finetune as prune_after with:
    input:
        inputs("prune_after"),
    output:
        **outputs("prune_after"),
    params:
        **parameters("prune_after", **training_files("prune_after")),
    log:
        log_of("prune_after"),
    benchmark:
        benchmark_of("prune_after")


# All three can make the unpruned model's runs. `trajectory` saves the weights at the end, `followed_trajectory` those after
# each epoch.
ruleorder: followed_trajectory > trajectory > finetune
