import { keepByteOrderMarks } from '../byte-order-marks.ts'
import type { FileFormat } from '../format.ts'

/** Apache Parquet. */
export const parquet: FileFormat = {
  async *read(path, options) {
    keepByteOrderMarks()
    yield* (await import('./reader.ts')).readParquet(path, options)
  },
  async *write(source, options) {
    yield* (await import('./writer.ts')).writeParquet(source, options)
  },
}
