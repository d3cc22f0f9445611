// Weather of Seattle: a source, and what is made of it. Each process starts; doltflow runs its command only if something that the
// step depends on changed, and says what. REPORT reads a file and leaves one: Nextflow's own cache does for it.

params.source = "$launchDir/seattle-weather.csv"

process WEATHER {
    cache false
    input:  path source
    output: val true
    script: "doltflow save weather $source --key date"
}

process CLEAN {
    cache false    // whether there is something to do is the step's question
    input:  val ready
    output: val true
    script: """
    doltflow step clean --in weather --out days --key date --code $projectDir/bin/clean.awk -- \\
        sh -c 'clean.awk {weather} > {days}'
    """
}

process KINDS {
    cache false
    input:  val ready
    output: val true
    script: """
    doltflow step kinds --in 'days[weather]' --out kinds --key weather -- sh -c 'kinds.awk {days} > {kinds}'
    """
}

process MONTHS {
    cache false
    input:  val ready
    output: path 'months.csv'
    script: """
    doltflow step months --in 'days[date,precipitation]' --out months --key month -- sh -c 'months.awk {days} > {months}'
    doltflow load months months.csv
    """
}

process REPORT {
    cache 'deep'    // by content
    publishDir "$launchDir/results", mode: 'copy'
    input:  path months
    output: path 'wettest.csv'
    script: "tail -n +2 $months | sort -t, -k2,2gr | head -n 3 > wettest.csv"
}

workflow {
    WEATHER(file(params.source))
    CLEAN(WEATHER.out)
    KINDS(CLEAN.out)
    REPORT(MONTHS(CLEAN.out))
}
