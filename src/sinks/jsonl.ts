import { appendFile } from 'node:fs/promises'
import type { Action } from '../model/action.ts'
import type { Sink } from './sink.ts'

/** A sink that appends each action to a file, a JSON document a line. */
export function jsonlSink(path: string): Sink {
  return {
    name: `jsonl ${path}`,
    write: ({ notices: _notices, ...action }: Action) => appendFile(path, `${JSON.stringify(action)}\n`),
  }
}
