import { keepByteOrderMarks } from '../byte-order-marks.ts'
import type { FileFormat } from '../format.ts'

/** Apache Arrow's IPC file format, which is also Feather's second version. */
export const arrow: FileFormat = {
  async *read(path, options) {
    keepByteOrderMarks()
    yield* (await import('./reader.ts')).readArrow(path, options)
  },
  async *write(source, options) {
    yield* (await import('./writer.ts')).writeArrow(source, options)
  },
}
