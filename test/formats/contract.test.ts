import { csvSpans, csvWriter } from '../../dist/formats/csv/index.js'
import type { TextWriteOptions } from '../../dist/formats/format.js'
import { formatOf } from '../../dist/formats/index.js'
import { formatContract } from '../contract/format.ts'

for (const [name, sample, ragged] of [
  ['csv', 'a,b\r\n1,"x"\r\n', 'a,b\n1\n'],
  ['tsv', 'a\tb\n1\tx\n', 'a\tb\n1\t2\t3\n'],
] as const)
  formatContract({
    name,
    reader: (options) => csvSpans({ ...formatOf(name, undefined).text, ...options }),
    writer: (columns, options) =>
      csvWriter(columns, { ...(formatOf(name, undefined).text as TextWriteOptions), ...options }),
    sample,
    refused: [
      ['', 'CSV_EMPTY'],
      [ragged, 'CSV_RAGGED'],
      ['a\n"x', 'CSV_QUOTE'],
      ['a\nx\0', 'CSV_NUL'],
      ['a\na\r\n"x"y\n', 'CSV_QUOTE'],
    ],
  })
