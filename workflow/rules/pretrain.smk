# Pre-training: one dense burn-in, and a checkpoint for each criterion and sparsity that starts from it.


rule burn_in:
    input:
        inputs("burn_in"),
    output:
        **outputs("burn_in"),
    params:
        **parameters("burn_in", **training_files("burn_in")),
    log:
        log_of("burn_in"),
    benchmark:
        benchmark_of("burn_in")
    conda:
        "../../envs/prunetransfer.yaml"
    threads: 1 if SMALL else 8
    resources:
        gpu=1,
        mem_mb=growing(16000),
        runtime=growing(24 * 60),
        compiled=0,
    shell:
        "prunetransfer pretrain --settings {params.settings:q}"
        " --checkpoint {input.checkpoint} --corpus {input.corpus} --output {output.manifest}"
        " --timing {output.timing} --state {params.state} --tensorboard {params.tensorboard}"
        " --threads {threads} --processes {resources.gpu} --compiled {resources.compiled} > {log} 2>&1"


# On a CPU each checkpoint has one thread, because several of them are trained at once.
use rule burn_in as pretrain with:
    input:
        inputs("pretrain"),
    output:
        **outputs("pretrain"),
    params:
        **parameters("pretrain", **training_files("pretrain")),
    log:
        log_of("pretrain"),
    benchmark:
        benchmark_of("pretrain")
    threads: 1
