// One participant: the trace, and the explanation as text. A review is an outcome: it is in the trace, and ends with 0.
process ASSIGNER_ASSIGN {
    tag "$meta.id"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(files), path(repeats), path(callable)
    path rules

    output:
    tuple val(meta), path("*.trace.json"), emit: trace
    tuple val(meta), path("*.txt")       , emit: text
    path "versions.yml"                  , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def sized = repeats ? "--repeats ${repeats}" : ''
    def covered = callable ? "--callable ${callable}" : ''
    def by = rules ? "--rules ${rules[0]}" : ''
    """
    assigner assign ${files} ${sized} ${covered} ${by} --participant ${meta.id} --exit-code review=0 --full ${args} --trace ${prefix}.trace.json > ${prefix}.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        assigner: \$(assigner --version | sed 's/.* //')
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    touch ${prefix}.trace.json ${prefix}.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        assigner: \$(assigner --version | sed 's/.* //')
    END_VERSIONS
    """
}
