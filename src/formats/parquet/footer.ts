import { parquetMetadata, type FileMetaData } from 'hyparquet'
import { limited } from './codecs.ts'
import { readExactly } from './read-exactly.ts'

/** In bytes: the metadata of a file with 10,000 columns and 100 row groups has some 100 MB. */
const LONGEST_FOOTER = 2 ** 27

export function readFooter(file: number, size: number): FileMetaData {
  if (size < 12) throw new Error('it is too short')
  const tail = readExactly(file, size - 8, 8)
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE') throw new Error('it is encrypted')
  if (magic !== 'PAR1') throw new Error('its last bytes are not PAR1')
  const length = tail.readUInt32LE(0)
  if (length > size - 12) throw new Error('its footer is longer than the file')
  limited(length, LONGEST_FOOTER, 'footer')
  const metadata = parquetMetadata(new Uint8Array(readExactly(file, size - 8 - length, length + 8)), {
    geoparquet: false,
  })
  for (const { num_rows: rows } of metadata.row_groups)
    if (rows < 0n || rows > 2n ** 40n) throw new Error('a row group has an odd number of rows')
  return metadata
}
