import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIXED, OPTIONS, SAME, VERBS } from '../../dist/cli/habits.js'
import { commonOptions } from '../../dist/cli/options.js'
import { parse } from '../../dist/cli/parse.js'
import { verbs } from '../../dist/cli/verbs.js'
import { Folder, words } from './cli.js'

let folder: Folder
beforeAll(async () => {
  folder = new Folder()
  folder.write('foo.csv', 'a,b\n1,x\n2,y\n')
  await folder.ok('init')
  await folder.ok('save foo foo.csv --key a')
  await folder.ok('tag v1')
})
afterAll(() => folder.remove())

/** The command lines in a hint, as words. */
function commandsIn(text: string): string[][] {
  return text
    .split(/(?=doltflow )/)
    .filter((part) => part.startsWith('doltflow '))
    .map((part) => part.replace(/(, or.*| \| .*|, then.*)$/, '').replace(/[,:]? or:?,? ?(, then:)?.*$/, ''))
    .map((line) => (line.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replace(/^'(.*)'$/, '$1')))
}

/** Every option of any verb. */
async function allOptions(): Promise<Set<string>> {
  const commands = await Promise.all(Object.values(verbs).map((verb) => verb.load()))
  return new Set([commonOptions, ...commands.map(({ command }) => command.options)].flatMap((of) => Object.keys(of)))
}

describe("other programs' words", () => {
  it.each(Object.entries({ ...VERBS, ...OPTIONS }))('%s: the hint is a command that can be typed', async (_, text) => {
    if (text.includes('>/dev/null')) return
    const commands = commandsIn(text)
    expect(commands.length).toBeGreaterThan(0)
    for (const [verb, ...rest] of commands) {
      if (verb === '--version') continue
      expect(Object.keys(verbs)).toContain(verb)
      const { command } = await verbs[verb!]!.load()
      parse(verb!, command, rest)
    }
  })

  it('are not verbs here, and their options are', async () => {
    expect(Object.keys(VERBS).filter((name) => name in verbs)).toEqual([])
    const known = await allOptions()
    for (const name of Object.values(SAME).flatMap((text) => text.split(' '))) expect(known).toContain(name)
    for (const text of Object.values(FIXED)) expect(known).toContain(text.split(' ')[0]!.slice(2))
  })

  it.each([
    ['commit -m x', 'Each save is a commit: doltflow save TABLE FILE --message S'],
    ['checkout main', 'doltflow load TABLE FILE --at REF'],
    ['sql', "Here it is: doltflow load --sql 'SELECT …'"],
    ['reset --hard', 'doltflow revert COMMIT'],
    ['save foo foo.csv -m fix', 'Type: doltflow save foo foo.csv --message fix'],
    ['save foo foo.csv --pk=a', 'Type: doltflow save foo foo.csv --key a'],
    ['save foo foo.csv --upsert', 'Type: doltflow save foo foo.csv --mode upsert'],
    ['save foo foo.csv -q', '>/dev/null'],
    ['save foo.csv', 'needs the TABLE before foo.csv: doltflow save foo foo.csv'],
    ['load foo -o x.csv', 'The file stands after the table: doltflow load TABLE FILE'],
    ['branch -d x', 'Type: doltflow branch --delete x'],
    ['branch x HEAD', 'doltflow branch x --from HEAD'],
    ['tag -d v1', 'Type: doltflow tag --delete v1'],
    ['log -n 5', 'Type: doltflow log --limit 5'],
    ['log -n5', 'Type: doltflow log --limit 5'],
    ['log -5', 'Type: doltflow log --limit 5'],
    ['log --oneline', 'A commit is one line already: doltflow log'],
    ['merge x --ours', 'Type: doltflow merge x --on-conflict ours'],
    ['push origin main', 'doltflow push origin'],
    ['remote -v', 'doltflow remote list'],
    ['clone file:///r.db dir', 'doltflow clone file:///r.db --db dir.db'],
    ['init sub', 'doltflow init --db sub/doltflow.db'],
    ['SAVE foo foo.csv', 'Did you mean doltflow save?'],
    ['-v', '--version'],
  ])('doltflow %s: %s', async (line, text) => {
    const { code, err } = await folder.run(words(line))
    expect(code).toBe(2)
    expect(err).toContain(text)
  })

  it('are quoted as a shell needs it', async () => {
    const { err } = await folder.run(['save', 'foo', 'my file.csv', '-m', "it's"])
    expect(err).toContain(`Type: doltflow save foo 'my file.csv' --message 'it'\\''s'\n`)
  })

  it.each(['nope', 'head', 'cat', 'gs', 'branch -x y', 'save foo foo.csv -y'])(
    'doltflow %s is not guessed at',
    async (line) => {
      expect((await folder.run(words(line))).err).not.toContain('Did you mean')
    },
  )
})

describe('a remote without file://', () => {
  it.each([
    ['remote add origin /share/x.db', 'Write the path as one: file:///share/x.db'],
    ['clone ./x.db', `Write the path as one: file://${process.cwd()}/x.db`],
    ['remote add origin nowhere', 'A remote is file:///path/remote.db'],
  ])('doltflow %s: %s', async (line, text) => {
    const { code, err } = await folder.run(words(line))
    expect(code).toBe(2)
    expect(err).toContain(text)
  })

  it('that is a folder is refused when it is added, not when it is pushed to', async () => {
    for (const url of [`file://${folder.path}`, `file://${folder.path}/new/`]) {
      const { code, err } = await folder.run(['remote', 'add', 'origin', url])
      expect(code).toBe(2)
      expect(err).toContain(`is a folder, and a remote is a file. Name one in it, which the first push makes: file://`)
    }
    await folder.ok(`push file://${folder.path}/remote.db`)
    expect((await folder.run(['push', `file://${folder.path}`])).err).toContain('is a folder')
  })
})

describe('a name in another case', () => {
  it.each([
    ['show MAIN', 'The ref "MAIN" names no commit: ', 'There is main, which differs only in case.'],
    ['load foo - --at V1', 'The ref "V1" names no commit: ', 'There is v1, which differs only in case.'],
    ['show head~1', 'The ref "head" names no commit: ', 'There is HEAD, which differs only in case.'],
    ['save foo foo.csv --branch Main', 'There is no branch Main. ', 'There is main, which differs only in case.'],
    ['load FOO -', 'There is no table FOO', 'There is foo, which differs only in case.'],
    ['blame Foo', 'There is no table Foo', 'There is foo, which differs only in case.'],
    ['drop Foo', 'There is no table Foo', 'There is foo, which differs only in case.'],
    ['schema fo', 'There is no table fo ', 'Did you mean foo?'],
    ['show mian', 'The ref "mian" names no commit', 'Did you mean main?'],
    ['save foo foo.csv --branch mian', 'There is no branch mian.', 'Did you mean main?'],
    ['log bar', 'No commit of main changed a table bar.', 'There are: foo.'],
    ['diff bar', '"bar" is neither a table nor a ref.', 'There are: foo.'],
  ])('doltflow %s', async (line, what, hint) => {
    const { code, err } = await folder.run(words(line))
    expect(code).toBe(1)
    expect(err).toContain(what)
    expect(err).toContain(hint)
  })
})
