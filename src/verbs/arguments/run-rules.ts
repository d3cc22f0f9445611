import type { PublishOptions, RunFilter } from '../runs/publish.ts'
import type { EndRunOptions, RunOptions } from '../runs/run.ts'
import { policy } from './policy-rule.ts'
import { anything, choice, count, flag, listOf, mapOf, name, object, text, word, type Rule } from './rules.ts'

/** The caller's own id of a call or a run. */
export const id: Rule = (value, path) =>
  value === '' ? { path, value, must: 'not empty; leave it out to have one made' } : name(value, path)

export const runOptions: Rule = object<RunOptions>({
  id,
  into: word,
  resume: flag,
  onConflict: policy,
  message: text,
  remote: word,
  author: text,
  command: listOf(text, 'a list of words'),
  // What JSON makes of these is looked at where it is made.
  params: mapOf(anything, 'an object of values by name'),
  data: anything,
})

const publishing = { onConflict: policy, message: text, remote: word }
export const publishOptions: Rule = object<PublishOptions>(publishing)
export const endRunOptions: Rule = object<EndRunOptions>({ ...publishing, error: text })

export const runFilter: Rule = object<RunFilter>({
  status: choice('running', 'published', 'failed', 'interrupted', 'dropped'),
  limit: count,
})
