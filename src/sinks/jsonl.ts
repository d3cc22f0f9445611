import { appendFile } from 'node:fs/promises'
import { UsageError } from '../errors.ts'
import type { Action } from '../model/action.ts'
import type { SinkObject } from './sink.ts'

/**
 * Makes a sink that appends each action to a file, a JSON document a line.
 * @param path the file; made by the first action
 * @example
 * const pipeline = await open('pipeline.db', { sinks: [jsonlSink('actions.jsonl')] })
 */
export function jsonlSink(path: string): SinkObject {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw new UsageError('USAGE', 'A JSON Lines sink needs the path of its file.')
  return {
    name: `jsonl ${path}`,
    write: ({ notices: _notices, ...action }: Action) => appendFile(path, `${JSON.stringify(action)}\n`),
  }
}
