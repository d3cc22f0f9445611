import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UsageError } from '../errors.ts'

/**
 * A remote's URL as it is kept: that of a file with its path spelled out, as an engine reads it.
 * @param schemes what the engine speaks, such as `https`
 * @param credentials where these belong, since a URL is kept in plain text
 * @throws {UsageError} URL_INVALID
 */
export function plainRemoteUrl(given: string, schemes: readonly string[], credentials: string): string {
  let parsed: URL
  try {
    parsed = new URL(given)
  } catch {
    throw notUrl(given)
  }
  if (parsed.password !== '' || parsed.username !== '')
    throw new UsageError(
      'URL_INVALID',
      `The URL of ${parsed.host} holds a user or a password, which would lie in the database in plain text. Leave it out; credentials belong in ${credentials}.`,
      { data: { host: parsed.host } },
    )
  const scheme = parsed.protocol.slice(0, -1)
  if (!schemes.includes(scheme))
    throw new UsageError(
      'URL_INVALID',
      `A remote of the kind ${scheme}:// is not spoken by this engine. It speaks ${schemes.map((one) => `${one}://`).join(', ')}.`,
      { data: { url: given } },
    )
  if (parsed.search !== '' || parsed.hash !== '')
    throw new UsageError(
      'URL_INVALID',
      `The URL of ${parsed.host || parsed.pathname} has a ? or # part, which may hold a secret and would lie in the database in plain text. Leave it out.`,
      { data: { host: parsed.host } },
    )
  if (scheme === 'file' && parsed.host !== '' && parsed.host !== 'localhost')
    throw new UsageError(
      'URL_INVALID',
      `${given} names a host, ${parsed.host}, where a file's URL has none. Write the whole path behind three slashes: file:///path/remote.db (in a shell: file://$PWD/remote.db).`,
      { data: { url: given } },
    )
  return scheme === 'file' ? `file://${fileURLToPath(parsed)}` : given
}

/** Text without a scheme is most likely a path. */
function notUrl(given: string): UsageError {
  if (given.includes('@'))
    return new UsageError(
      'URL_INVALID',
      'The text given is not a URL. A remote is file:///path/remote.db, s3://bucket/prefix, http://host/db or https://host/db.',
    )
  const isPath = /^[./~]|\.db$/.test(given)
  const advice = isPath
    ? `Write the path as one: ${pathToFileURL(resolve(given)).href}`
    : 'A remote is file:///path/remote.db, s3://bucket/prefix, http://host/db or https://host/db.'
  return new UsageError('URL_INVALID', `${JSON.stringify(given)} is not a URL. ${advice}`, { data: { url: given } })
}
