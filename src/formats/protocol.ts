import type { ErrorData } from '../errors.ts'
import type { Column } from '../types.ts'
import type { FileReadOptions, FileWriteOptions } from './format.ts'

/* What a job's process and its client say to each other. The client asks for one value after the other. */

export type Job =
  | { kind: 'read'; format: string; path: string; options: FileReadOptions }
  | { kind: 'write'; format: string; columns: Column[]; options: FileWriteOptions }

/** `job` comes first; `input` answers a `want`, undefined ends the text. */
export type Request = { job: Job; memoryMb: number } | { next: true } | { input: Uint8Array | undefined }

export interface PlainError {
  name: string
  code: string
  message: string
  data: ErrorData
}

/** `want` asks for the next piece of the text of the rows; `pass` (from 1) grows when it is wanted from the start again. */
export type Answer = { value: unknown } | { done: true } | { want: { pass: number } } | { error: PlainError }

/** `alive` answers nothing: an answer is worked on. */
export type Message = Answer | { alive: true }
