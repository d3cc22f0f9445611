import { Field, RecordBatchReader, RecordBatchStreamWriter, Schema } from 'apache-arrow'
import { bytesText } from '../../model/cells.ts'
import type { ColumnType } from '../../types.ts'
import type { ColumnKind } from '../kinds.ts'
import { arrowType } from './arrow-type.ts'
import { declaredType } from './declared-type.ts'

/*
 * Arrow's schema as an IPC message in Base64, as the Parquet files of Arrow's own writers have it under `ARROW:schema`: it says what
 * Parquet has no type for.
 */

/** The message for columns of these kinds. */
export function schemaMessage(names: readonly string[], kinds: readonly ColumnKind[]): string {
  const writer = new RecordBatchStreamWriter()
  writer.reset(undefined, new Schema(names.map((name, index) => new Field(name, arrowType(kinds[index]!), true))))
  writer.finish()
  return bytesText(writer.toUint8Array(true))
}

/** What such a message declares, by column; undefined if it is none, or one of other columns. */
export function declaredBy(message: string, names: readonly string[]): ColumnType[] | undefined {
  try {
    const { fields } = RecordBatchReader.from(Buffer.from(message, 'base64')).open().schema
    if (fields.length !== names.length || fields.some(({ name }, index) => name !== names[index])) return undefined
    return fields.map(({ type, metadata }) => declaredType(type, metadata))
  } catch {
    return undefined
  }
}
