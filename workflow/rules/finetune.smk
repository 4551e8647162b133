# Fine-tuning. Each run is a job and has a metrics.json. On a CPU each run has one thread, because two runs at once are faster
# than one run after the other on two threads.


# Fine-tunes the unpruned model. Its weights are saved, for analyses and for methods that start from a fine-tuned model.
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


# The same, at the learning rate at which weights are saved after every epoch.
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


# Prunes a model that was fine-tuned for some epochs, and fine-tunes it further.
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


# All three rules could make the unpruned model's runs. `trajectory` saves the weights at the end, and `followed_trajectory` saves
# them after each epoch.
ruleorder: followed_trajectory > trajectory > finetune
