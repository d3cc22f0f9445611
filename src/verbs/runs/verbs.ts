/* What `Database` calls of runs. */

export { mergeOrPublish } from './merge-run.ts'
export { dropRun, listRuns, publishRun, showRun, type PublishOptions, type RunFilter } from './publish.ts'
export { beginRun, endRun, run, type EndRunOptions, type RunOptions, type RunResult } from './run.ts'
