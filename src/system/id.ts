import { randomBytes } from 'node:crypto'

/** The ids of one millisecond are numbered, from a random beginning; so many numbers there are, and the half of them. */
const NUMBERS = 2 ** 12
const BEGINNINGS = 2 ** 11

let lastTime = 0
let lastNumber = 0

/**
 * A UUIDv7 (RFC 9562, 5.7 and 6.2, method 1): an id sorts behind all earlier ones of its process, also those of the same
 * millisecond, and if the clock was set back.
 */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16)
  if (now > lastTime) {
    lastTime = now
    lastNumber = bytes.readUInt16BE(6) % BEGINNINGS
  } else if (++lastNumber === NUMBERS) {
    lastTime++
    lastNumber = 0
  }
  bytes.writeUIntBE(lastTime, 0, 6)
  bytes.writeUInt16BE(0x7000 | lastNumber, 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidText(bytes)
}

/** 16 bytes as a UUID is written. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
