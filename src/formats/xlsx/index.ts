import type { FileFormat } from '../format.ts'
import { readXlsx } from './reader.ts'
import { writeXlsx } from './writer.ts'

/** Excel's workbooks (Office Open XML), one sheet of them. */
export const xlsx: FileFormat = { read: readXlsx, write: writeXlsx }
