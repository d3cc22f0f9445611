/** An identifier, quoted for SQL. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** A list of columns. The driver refuses results with a column such as `__proto__`: these get other names, rows are arrays. */
export function columnList(names: readonly string[]): string {
  return names
    .map((name, index) => (name.startsWith('__') ? `${quoted(name)} AS ${quoted(`c${index}`)}` : quoted(name)))
    .join(', ')
}
