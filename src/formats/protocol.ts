import type { PlainError } from '../errors.ts'
import type { Column } from '../types.ts'
import type { FileReadOptions, FileWriteOptions } from './format.ts'

/* What a job's process and its client say to each other. The client asks for one value after the other. */

/** How much of a text, or of a file, is sent at once. */
export const PIECE_BYTES: number = 2 ** 20

export type Job =
  | { kind: 'read'; format: string; path: string; options: FileReadOptions }
  | { kind: 'write'; format: string; columns: Column[]; options: FileWriteOptions }

/**
 * `job` comes first; `input` answers a `want`: so many bytes follow on the standard input, 0 ends the text. (A message
 * is copied several times on its way, and its copies are garbage.)
 */
export type Request = { job: Job; memoryMb: number } | { next: true } | { input: number }

/** `want` asks for the next piece of the text of the rows; `pass` (from 1) grows when it is wanted from the start again. */
export type Answer = { value: unknown } | { done: true } | { want: { pass: number } } | { error: PlainError }

/** `alive` answers nothing: an answer is worked on. */
export type Message = Answer | { alive: true }
