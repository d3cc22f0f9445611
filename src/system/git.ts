import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Where code comes from. */
export interface GitState {
  commit: string
  /** Whether files differ from the commit. */
  dirty: boolean
  /** The URL of `origin`, without a user or a password. */
  repository: string | null
}

/** The Git checkout that a folder is in; null if it is in none, or if there is no Git. */
export async function gitState(folder: string = process.cwd()): Promise<GitState | null> {
  const git = async (...words: string[]): Promise<string> =>
    (await exec('git', words, { cwd: folder, timeout: 5000, maxBuffer: 1 << 26 })).stdout.trim()
  try {
    const [commit, changes, url] = await Promise.all([
      git('rev-parse', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
      git('remote', 'get-url', 'origin').catch(() => undefined),
    ])
    return { commit, dirty: changes !== '', repository: url === undefined ? null : withoutSecrets(url) }
  } catch {
    return null
  }
}

function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/[?#].*$/, '')
}
