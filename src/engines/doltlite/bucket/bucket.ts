/** What a bucket can't do, in words fit for an error. */
export class BucketError extends Error {
  /** Whether a repeat may help: the network, a time-out, an overload. */
  readonly passing: boolean

  constructor(message: string, passing: boolean, cause?: unknown) {
    super(message, { cause })
    this.passing = passing
  }
}

/** An object as it was read, with the tag that names its version. */
interface StoredObject {
  bytes: Buffer
  tag: string
}

/** What came of a conditional write: its new tag; `changed` if another version is there; `unknown` if no answer came. */
export type Swap = { tag: string } | 'changed' | 'unknown'

/** A bucket below one prefix. Keys are relative to it. Every call may throw a `BucketError`. */
export interface Bucket {
  /** undefined if there is no such object. */
  get(key: string): Promise<StoredObject | undefined>
  /** The bytes from `start` up to `end` (exclusive). */
  range(key: string, start: number, end: number): Promise<Buffer>
  put(key: string, bytes: Buffer): Promise<void>
  /** Writes an object only if its tag is still this one; undefined: only if it isn't there. Tries once. */
  putIf(key: string, bytes: Buffer, tag: string | undefined): Promise<Swap>
  /** Objects whose keys begin so, with the time by the bucket's own clock, and that clock now; times in ms. */
  list(prefix: string): Promise<{ now: number; objects: { key: string; modified: number }[] }>
  remove(key: string): Promise<void>
}
