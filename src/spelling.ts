/*
 * A message may advise a call. The library says it as a call with options, the command line as a command with flags, and Python in its
 * own way. A text holds all three between marks until it is shown; whoever shows it takes the one of its readers.
 */

/** Who reads: a program that calls the library, somebody at a shell, a Python program. */
export type Front = 'library' | 'shell' | 'python'

const FRONTS: readonly Front[] = ['library', 'shell', 'python']

/** Unicode keeps these three for a process's own use: no text of a user's has them. */
const [BEGIN, NEXT, END] = ['\uFDD0', '\uFDD1', '\uFDD2']
const MARK = /[\uFDD0-\uFDD2]/g
const SPELT = /\uFDD0([^\uFDD0-\uFDD2]*)\uFDD1([^\uFDD0-\uFDD2]*)\uFDD1([^\uFDD0-\uFDD2]*)\uFDD2/g

/** The texts with marks of what was shown in the library's words. */
const texts = new WeakMap<object, string>()

/** Words that each front has of its own, within a message. @param python default: the library's */
export function either(library: string, shell: string, python: string = library): string {
  const [first, second, third] = [library, shell, python].map((words) => words.replace(MARK, '\uFFFD'))
  return `${BEGIN}${first}${NEXT}${second}${NEXT}${third}${END}`
}

/** A text in a front's words. */
export function spelt(text: string, front: Front): string {
  return text.replace(SPELT, (_, ...words: string[]) => words[FRONTS.indexOf(front)]!)
}

/** Keeps the text whose library's words something has as its message, so that another front can say it in its own. */
export function remember<T extends { message: string }>(thing: T, text: string): T {
  if (text !== thing.message) texts.set(thing, text)
  return thing
}

/** The message with its marks, to be part of another, or to go to another thread. */
export function markedText(thing: { message: string }): string {
  return texts.get(thing) ?? thing.message
}

/** The message in a front's words. */
export function messageFor(front: Front, thing: { message: string }): string {
  return spelt(markedText(thing), front)
}

/** The same thing, its message in a front's words. */
export function inWordsOf<T extends object>(front: Front, thing: T): T {
  const text = texts.get(thing)
  return text === undefined ? thing : { ...thing, message: spelt(text, front) }
}
