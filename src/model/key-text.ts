import type { Schema, Value } from '../types.ts'
import { cellText } from './cells.ts'

/** A row's key as one text, as the command line takes it: its cells, with commas between if they are several, and quotes where one needs them. */
export function keyCellsText(key: Readonly<Record<string, Value>>, { key: names, columns }: Schema): string {
  const texts = names.map((name) => cellText(key[name], columns.find((column) => column.name === name)!.type) ?? '')
  if (texts.length === 1) return texts[0]!
  return texts.map((text) => (/[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
}
