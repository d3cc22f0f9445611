import { plainRemoteUrl } from '../../remote-url.ts'

/** Where DoltHub serves databases to Dolt. */
const DOLTHUB = 'https://doltremoteapi.dolthub.com'

/**
 * A remote's URL as Dolt keeps it. A DoltHub database may be named as on its page
 * (`https://www.dolthub.com/repositories/owner/name`, without `repositories`, too) or as `owner/name`.
 * @throws {UsageError} URL_INVALID
 */
export function doltRemoteUrl(given: string): string {
  const page = /^(?:https:\/\/(?:www\.)?dolthub\.com\/(?:repositories\/)?)?([\w-]+\/[\w-]+)\/?$/i.exec(given)
  if (page) return `${DOLTHUB}/${page[1]}`
  // Its brackets are no host in a URL's grammar.
  if (/^aws:\/\/\[[^\]:/@]+:[^\]:/@]+\]\/[^@]+$/.test(given)) return given
  return plainRemoteUrl(
    given,
    ['file', 'http', 'https', 'aws'],
    "Dolt's own configuration (dolt login), or the environment",
  )
}

/** The user of a remote that asks for a password, which Dolt takes from DOLT_REMOTE_PASSWORD of its own environment. */
export function remoteUser(): string[] {
  const user = process.env['DOLTFLOW_REMOTE_USER']
  return user === undefined || user === '' ? [] : ['--user', user]
}
