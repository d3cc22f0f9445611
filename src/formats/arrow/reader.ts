import { open } from 'node:fs/promises'
import { CompressionType, compressionRegistry, RecordBatchReader, type RecordBatch } from 'apache-arrow'
import { decompress as decompressZstd } from 'fzstd'
import { SourceError } from '../../errors.ts'
import { BatchMaker } from '../cells.ts'
import { checkNames } from '../csv/header.ts'
import type { CellBatch, FileReadOptions } from '../format.ts'
import { lz4Frames } from '../lz4.ts'
import { OWN_TYPES, withOwnTypes } from '../own-types.ts'
import { unsupported } from '../unsupported.ts'
import { cellTexts } from './cell-texts.ts'
import { declaredType } from './declared-type.ts'

/** In bytes: what the buffers of one record batch unpack to, together. */
const LARGEST_BATCH = 2 ** 29

let unpacked = 0

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => lz4Frames(bytes, announced(bytes)) })
compressionRegistry.set(CompressionType.ZSTD, {
  decode: (bytes) => decompressZstd(bytes, new Uint8Array(announced(bytes))),
})

/** Reads an Arrow IPC file, a record batch at a time. */
export async function* readArrow(path: string, options: FileReadOptions): AsyncGenerator<CellBatch> {
  const file = await open(path, 'r')
  try {
    await requireMagic(file)
    const reader = await (await RecordBatchReader.from(file)).open()
    requireLittleEndian(reader.footer)
    const columns = reader.schema.fields.map(({ name }) => name)
    checkNames(columns, () => ({ line: 1, column: 1 }))
    const declared = reader.schema.fields.map(({ type, metadata }) => declaredType(type, metadata))
    const types = withOwnTypes(columns, declared, reader.schema.metadata.get(OWN_TYPES))
    const maker = new BatchMaker(columns, options, types)
    yield maker.batch([], 0)
    for (let index = 0; index < reader.numRecordBatches; index++) {
      unpacked = 0
      const batch = await reader.readRecordBatch(index)
      if (!batch) throw new Error(`its record batch ${index + 1} is not there`)
      yield* batches(batch, maker)
    }
  } finally {
    await file.close()
  }
}

function* batches({ data, numRows, schema }: RecordBatch, maker: BatchMaker): Generator<CellBatch> {
  const width = maker.columns.length
  const cells = data.children.map((child, index) => {
    if (child.length < numRows)
      throw new Error(`the column ${maker.columns[index]!} has ${child.length} values for ${numRows} rows`)
    return cellTexts(child, maker.columns[index]!, schema.fields[index]!.metadata)
  })
  for (let start = 0, count = 0; start < numRows; start += count) {
    count = Math.min(maker.rows, numRows - start)
    const texts = Array.from<string | null>({ length: count * width })
    cells.forEach((text, column) => {
      for (let row = 0; row < count; row++) texts[row * width + column] = text(start + row)
    })
    yield maker.batch(texts, count)
  }
}

async function requireMagic(file: Awaited<ReturnType<typeof open>>): Promise<void> {
  const head = Buffer.alloc(6)
  await file.read(head, 0, 6, 0)
  const magic = head.toString('latin1')
  if (magic.startsWith('FEA1'))
    throw new Error('it is Feather of version 1, which is no longer written. Read it with pandas and write it again')
  if (magic !== 'ARROW1')
    throw new Error('its first bytes are not ARROW1 (an Arrow stream is to be written as a file first)')
}

/** The library looks at all numbers with their lowest byte first, also if the file's schema says otherwise. */
function requireLittleEndian(footer: unknown): void {
  const { _footer } = footer as { _footer: { schema(): { endianness(): number } } }
  if (_footer.schema().endianness() !== 0)
    throw unsupported(
      'its numbers have their highest byte first',
      'Read it with pyarrow, which turns them, and write it again.',
    )
}

/** How long a buffer says it is unpacked; that stands in the eight bytes before it. */
function announced(bytes: Uint8Array): number {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset - 8, 8).getBigInt64(0, true))
  unpacked += length
  if (length >= 0 && unpacked <= LARGEST_BATCH) return length
  throw new SourceError(
    'FORMAT_LIMIT',
    `A record batch of the file unpacks to more than ${LARGEST_BATCH} bytes. Is it whole? If it is, write it again with smaller batches.`,
    { data: { limit: LARGEST_BATCH } },
  )
}
