import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { Folder } from './cli.js'

/** The running test's own folder, whose database has the table `foo`. */
export let folder: Folder

/** Makes it before each test of a file, and removes it after it. */
export function useFoo(): void {
  let template: Folder
  beforeAll(async () => {
    template = new Folder()
    template.write('foo.csv', 'a,b\n1,x\n2,y\n3,z\n')
    await template.ok('init')
    await template.ok('save foo foo.csv --key a')
  })
  beforeEach(() => {
    folder = template.copy()
  })
  afterEach(() => folder.remove())
  afterAll(() => template.remove())
}

export const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8')
export const text = async (table = 'foo', ...flags: string[]): Promise<string> =>
  (await folder.run(['load', table, ...flags])).out
