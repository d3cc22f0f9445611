import type { FileFormat } from '../format.ts'
import { readRows } from './reader.ts'
import { writeRows } from './writer.ts'

/** JSON Lines: an object a line. */
export const jsonLines: FileFormat = {
  read: (path, options) => readRows(path, 'lines', options),
  write: (source) => writeRows(source, 'lines'),
}

/** A JSON array of objects. */
export const jsonArray: FileFormat = {
  read: (path, options) => readRows(path, 'array', options),
  write: (source) => writeRows(source, 'array'),
}
