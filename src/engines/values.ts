import type { Row, Value } from '../types.ts'

/** A value as doltflow hands it out: integers are numbers if a double holds them, else bigint. */
export function plainValue(value: Value): Value {
  if (typeof value !== 'bigint') return value
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

const OWN = { enumerable: true, writable: true, configurable: true }

/** A row by its columns' names. Made without a prototype's setters: a column may be called `__proto__`. */
export function record(names: readonly string[], row: Row): Record<string, Value> {
  const object: Record<string, Value> = {}
  for (let index = 0; index < names.length; index++) {
    const [name, value] = [names[index]!, row[index] ?? null]
    if (name === '__proto__') Object.defineProperty(object, name, { value, ...OWN })
    else object[name] = value
  }
  return object
}
