import { readFile } from 'node:fs/promises'
import { pageFolder } from '../../system/program.ts'

/** What the page is made of, by its path. */
export type PageFiles = Readonly<Record<string, { type: string; text: string }>>

/** The build makes them (`scripts/bundle.mjs`). */
export async function pageFiles(): Promise<PageFiles> {
  const read = (name: string): Promise<string> => readFile(new URL(name, pageFolder()), 'utf8')
  const [html, script, style] = await Promise.all([read('index.html'), read('page.js'), read('page.css')])
  return {
    '/': { type: 'text/html; charset=utf-8', text: html },
    '/page.js': { type: 'text/javascript; charset=utf-8', text: script },
    '/page.css': { type: 'text/css; charset=utf-8', text: style },
  }
}
