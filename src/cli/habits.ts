import { shellWord } from '../model/shell-word.ts'
import type { Options } from './options.ts'

/*
 * Words that people bring from Git, DVC, Dolt and sqlite-utils, and what to type here. A text ends with the command, or
 * with several after `or:`; a test parses each of them.
 */

/** What to type for another program's verb; undefined if nobody is known to have it. */
export function verbHabit(verb: string): string | undefined {
  return told(VERBS, verb.toLowerCase())
}

/** What this verb's option is called here, or which value of an option means it: `--delete`, `--mode upsert`. */
export function sameOption(option: string, specs: Options): string | undefined {
  const name = own(SAME, option)
    ?.split(' ')
    .find((known) => known in specs)
  if (name !== undefined) return `--${name}`
  const fixed = own(FIXED, option)
  return fixed !== undefined && fixed.split(' ')[0]!.slice(2) in specs ? fixed : undefined
}

/** What to type in place of an option that needs a sentence. */
export function optionHabit(verb: string, option: string): string | undefined {
  return told(OPTIONS, `${verb} ${option}`) ?? told(OPTIONS, option)
}

/** What to type for words that another program would take there. */
export function wordHabit(verb: string, words: readonly string[]): string | undefined {
  const [first, second] = words.map(shellWord) as [string, string]
  switch (verb) {
    case 'branch':
      return `A branch begins at --from: doltflow branch ${first} --from ${second}`
    case 'clone':
      return `The copy's place is --db: doltflow clone ${first} --db ${/\.\w+$/.test(second) ? second : `${second.replace(/\/+$/, '')}.db`}`
    case 'init':
      return `The database's place is --db: doltflow init --db ${/\.\w+$/.test(first) ? first : `${first.replace(/\/+$/, '')}/doltflow.db`}`
    case 'pull':
    case 'push':
      return `All branches go together: doltflow ${verb} ${first}`
    case 'tables':
      return `One table's columns: doltflow schema ${first}, or its rows: doltflow load ${first}`
    default:
      return undefined
  }
}

export const VERBS: Readonly<Record<string, string>> = {
  add: 'Nothing is staged, a save takes the file itself: doltflow save TABLE FILE',
  annotate: 'doltflow blame TABLE',
  append: 'doltflow save TABLE FILE --mode append',
  backup: 'A push to a file is a backup: doltflow push file:///path/backup.db',
  cat: 'doltflow load TABLE',
  checkout:
    'To get a table as it was: doltflow load TABLE FILE --at REF, or to save to another branch: doltflow save TABLE FILE --branch B',
  'cherry-pick': 'A merge takes all of a branch: doltflow merge BRANCH',
  commit: 'Each save is a commit: doltflow save TABLE FILE --message S',
  config: "The author is Git's user, or: doltflow save TABLE FILE --author 'N <e>'",
  create: 'The first save makes the table: doltflow save TABLE FILE --key COLUMN',
  'create-database': 'doltflow init',
  'create-table': 'The first save makes the table: doltflow save TABLE FILE --key COLUMN',
  describe: 'doltflow schema TABLE',
  dump: 'doltflow load --all DIR',
  exec: "doltflow load --sql 'SELECT …'",
  export: 'doltflow load TABLE FILE, or all tables: doltflow load --all DIR',
  fetch: 'doltflow pull',
  fsck: 'doltflow status',
  get: "From a remote's file: doltflow load TABLE FILE --db file:///path/remote.db",
  head: 'HEAD is a ref: doltflow show HEAD, or the first rows of a table: doltflow load TABLE',
  history: 'doltflow log',
  import: 'doltflow save TABLE FILE',
  insert: 'doltflow save TABLE FILE --mode append',
  list: 'doltflow tables',
  ls: 'doltflow tables',
  mv: 'Load it, and save it under the other name: doltflow load TABLE FILE, or: doltflow save TABLE FILE',
  prune: 'doltflow gc',
  query: "doltflow load --sql 'SELECT …'",
  rebase: 'Commits stay as they are, a merge joins two branches: doltflow merge BRANCH --into B',
  reflog: 'doltflow actions',
  remove: 'doltflow drop TABLE',
  rename: 'Load it, and save it under the other name: doltflow load TABLE FILE, or: doltflow save TABLE FILE',
  replace: 'doltflow save TABLE FILE',
  reset:
    'To take a commit back: doltflow revert COMMIT, or to make a table what it was: doltflow restore TABLE --at REF',
  resolve: 'doltflow merge conflict/NAME --on-conflict ours, or one by one: doltflow conflicts conflict/NAME',
  'rev-parse': 'doltflow show REF',
  rm: 'doltflow drop TABLE',
  rows: 'doltflow load TABLE',
  select: "doltflow load --sql 'SELECT …'",
  shortlog: 'doltflow log',
  sql: "doltflow load --sql 'SELECT …'",
  stash: 'There is no working tree, a branch keeps what is not for main: doltflow save TABLE FILE --new-branch B',
  switch:
    'Each call names its branch (or DOLTFLOW_BRANCH does): doltflow save TABLE FILE --branch B, or: doltflow load TABLE FILE --at B',
  table: 'doltflow save TABLE FILE',
  transform: 'A save may change columns, types and key: doltflow save TABLE FILE --schema replace',
  undo: 'doltflow revert HEAD',
  update: 'doltflow save TABLE FILE --mode upsert',
  upsert: 'doltflow save TABLE FILE --mode upsert',
  vacuum: 'doltflow gc',
  version: 'doltflow --version',
}

/** Options that are called otherwise here: the first name that the verb has. */
export const SAME: Readonly<Record<string, string>> = {
  '-a': 'all',
  '-b': 'branch',
  '-d': 'delete delimiter',
  '-D': 'delete',
  '-f': 'format',
  '-k': 'key',
  '-m': 'message',
  '-n': 'limit',
  '--as-of': 'at',
  '--commit': 'at',
  '--database': 'db',
  '--max-count': 'limit',
  '--msg': 'message',
  '--pk': 'key',
  '--primary-key': 'key',
  '--ref': 'at',
  '--rev': 'at',
  '--sep': 'delimiter',
  '--separator': 'delimiter',
  '--tag': 'at',
}

/** Options that are a value of another one here. */
export const FIXED: Readonly<Record<string, string>> = {
  '-u': '--mode upsert',
  '--append': '--mode append',
  '--csv': '--format csv',
  '--ignore': '--mode upsert',
  '--jsonl': '--format jsonl',
  '--nl': '--format jsonl',
  '--ours': '--on-conflict ours',
  '--overwrite': '--mode replace',
  '--parquet': '--format parquet',
  '--replace': '--mode replace',
  '--theirs': '--on-conflict theirs',
  '--tsv': '--format tsv',
  '--upsert': '--mode upsert',
}

/** Options that need a sentence: of one verb, or of any. */
export const OPTIONS: Readonly<Record<string, string>> = {
  '-q': 'A verb says one line, which a shell can leave out: >/dev/null',
  '--quiet': 'A verb says one line, which a shell can leave out: >/dev/null',
  '--silent': 'A verb says one line, which a shell can leave out: >/dev/null',
  '-v': 'The version: doltflow --version, or more about an error: --debug',
  '--verbose': 'The version: doltflow --version, or more about an error: --debug',
  'branch --list': 'doltflow branch',
  'branch -l': 'doltflow branch',
  'branch -m':
    'A branch is renamed by a new one: doltflow branch NEW --from OLD, or, then: doltflow branch OLD --delete',
  'branch -v': 'doltflow branch',
  'clone --depth': 'A clone has the whole history: doltflow clone URL',
  'clone -o': "The copy's place is --db: doltflow clone URL --db copy.db",
  'diff --cached': 'Nothing is staged: doltflow diff TABLE',
  'diff --name-only': 'Without a TABLE the tables are listed: doltflow diff FROM TO',
  'diff --staged': 'Nothing is staged: doltflow diff TABLE',
  'load --columns': "A query chooses columns: doltflow load --sql 'SELECT a, b FROM TABLE' FILE",
  'load --limit': "A query chooses rows: doltflow load --sql 'SELECT * FROM TABLE LIMIT 10' FILE",
  'load --out': 'The file stands after the table: doltflow load TABLE FILE',
  'load --output': 'The file stands after the table: doltflow load TABLE FILE',
  'load --where': "A query chooses rows: doltflow load --sql 'SELECT * FROM TABLE WHERE …' FILE",
  'load -o': 'The file stands after the table: doltflow load TABLE FILE',
  'log --all': 'A log is of one branch: doltflow log --at BRANCH',
  'log --author': 'A commit is one line, with its author: doltflow log | grep NAME',
  'log --decorate': 'Branches and tags are shown already: doltflow log',
  'log --oneline': 'A commit is one line already: doltflow log',
  'log --patch': 'What a commit changed: doltflow diff TABLE REF~1 REF',
  'log --stat': 'What a commit changed: doltflow show REF',
  'log --until': 'A date is a ref: doltflow log --at 2026-01-31',
  'log -p': 'What a commit changed: doltflow diff TABLE REF~1 REF',
  'merge --abort': 'A conflict moves nothing, so that nothing is to be taken back: doltflow status',
  'merge --squash': 'A merge keeps the commits of both sides: doltflow merge BRANCH',
  'push --all': 'All branches and tags are pushed: doltflow push',
  'push --force': 'A push never takes away what a remote has: doltflow push',
  'push --set-upstream': 'The remote origin is the default: doltflow push',
  'push --tags': 'All branches and tags are pushed: doltflow push',
  'push -f': 'A push never takes away what a remote has: doltflow push',
  'push -u': 'The remote origin is the default: doltflow push',
  'remote --verbose': 'doltflow remote list',
  'remote -v': 'doltflow remote list',
  'save -o': 'The file stands after the table: doltflow save TABLE FILE',
  'show --stat': 'doltflow show REF',
  'tag --list': 'doltflow tag',
  'tag -l': 'doltflow tag',
}

/** A text that is a command alone gets a beginning. */
function told(texts: Readonly<Record<string, string>>, word: string): string | undefined {
  const text = own(texts, word)
  return text?.startsWith('doltflow ') ? `Here it is: ${text}` : text
}

function own(texts: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(texts, word) ? texts[word] : undefined
}
