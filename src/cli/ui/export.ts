import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RefusedError } from '../../errors.ts'
import { temporaryBeside } from '../../system/temporary.ts'
import { toJson } from '../text/json.ts'
import { withoutPassword } from '../text/words.ts'
import type { Collected } from './collect.ts'
import type { PageFiles } from './page-files.ts'

/** A page from files has no server that could say so. */
const POLICY =
  "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'"

/**
 * Writes a copy of the page that opens from its files, as a folder: all of it, or nothing.
 * @throws {RefusedError} TARGET_REFUSED for a folder that is not empty
 */
export async function writeCopy(folder: string, files: PageFiles, { answers, leftOut }: Collected): Promise<void> {
  const there = await readdir(folder).catch(() => [])
  if (there.length > 0)
    throw new RefusedError('TARGET_REFUSED', `${folder} is not empty. Name a new folder, or remove what is in it.`, {
      data: { file: folder },
    })
  const temporary = temporaryBeside(folder)
  try {
    await mkdir(temporary, { recursive: true })
    const text = [...answers].map(([question, answer]) => `${JSON.stringify(question)}:${answer}`).join(',\n')
    const data = `window.DOLTFLOW_EXPORT={"made":${JSON.stringify(new Date().toISOString())},"leftOut":${toJson(leftOut)},"answers":{${text}}}\n`
    await writeFile(join(temporary, 'data.js'), withoutPassword(data))
    await writeFile(join(temporary, 'page.js'), files['/page.js']!.text)
    await writeFile(join(temporary, 'page.css'), files['/page.css']!.text)
    await writeFile(join(temporary, 'index.html'), copyOf(files['/']!.text))
    await rename(temporary, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** The page without a token, with its answers beside it. */
function copyOf(html: string): string {
  return html
    .replaceAll('?token=TOKEN', '')
    .replace(
      '<meta name="color-scheme"',
      `<meta http-equiv="Content-Security-Policy" content="${POLICY}" />\n    <meta name="color-scheme"`,
    )
    .replace('<script ', '<script src="data.js" defer></script>\n    <script ')
}
