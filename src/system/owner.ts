import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/*
 * Who made a scratch branch or a temporary file. It may be removed only when that process is surely gone: on
 * this host, when no process of its number and start time runs; from another host, when its lease is over.
 */

/** How long a process may hold its work before another host takes it for dead, in ms. */
const LEASE: number = 24 * 60 * 60 * 1000

export interface Owner {
  /** Which machine and process namespace: 8 characters. */
  host: string
  pid: number
  /** When the process started, in the kernel's own count; 0 where that is not known. A number may be used again. */
  started: number
}

let self: Owner | undefined
/** Whether /proc shows the processes of our own namespace. */
let isOurs: boolean | undefined

export function currentOwner(): Owner {
  self ??= { host: hostId(), pid: process.pid, started: startOf(process.pid) ?? 0 }
  return self
}

/** Another process of this host, as an owner. */
export function processOwner(pid: number): Owner {
  return { host: currentOwner().host, pid, started: startOf(pid) ?? 0 }
}

/** An owner in the characters of a branch's and a file's name. */
export function ownerText({ host, pid, started }: Owner): string {
  return `${host}-${pid}-${started}`
}

export function parseOwner(text: string): Owner | undefined {
  const match = /^([0-9a-f]{8})-(\d+)-(\d+)$/.exec(text)
  return match ? { host: match[1]!, pid: Number(match[2]), started: Number(match[3]) } : undefined
}

/**
 * Whether an owner is surely gone.
 * @param since when it last did something, ms since 1970
 * @param lease how long one of another host may be silent, in ms
 */
export function isGone(owner: Owner, since: number, lease: number = LEASE): boolean {
  return isGoneHere(owner) ?? Date.now() - since > lease
}

/** Whether a process of this very host and process namespace is gone; undefined for one that can't be seen from here. */
export function isGoneHere(owner: Owner): boolean | undefined {
  if (owner.host !== currentOwner().host) return undefined
  if (owner.pid === process.pid) return owner.started !== currentOwner().started
  const started = startOf(owner.pid)
  if (started !== undefined) return owner.started !== 0 && started !== owner.started
  return !isRunning(owner.pid)
}

/** A name of the host and its process namespace: containers share a host's name or its numbers, not both. */
function hostId(): string {
  const parts = [
    hostname(),
    tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    tryRead(() => readlinkSync('/proc/self/ns/pid')),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8)
}

/** When a process started, in the kernel's own count; undefined if there is none, or if that isn't known. */
function startOf(pid: number): number | undefined {
  const fields = statOf(pid)
  return fields && isAlive(fields) ? Number(fields[19]) : undefined
}

/** Whether there is a process of this id, also another user's. */
export function isRunning(pid: number): boolean {
  const fields = statOf(pid)
  if (fields) return isAlive(fields)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * The fields of /proc/PID/stat (proc(5)) from the third on: the command's name before them may hold spaces. A container
 * may have the /proc of another namespace, whose numbers are not ours.
 */
function statOf(pid: number): string[] | undefined {
  isOurs ??= tryRead(() => readlinkSync('/proc/self')) === String(process.pid)
  if (!isOurs) return undefined
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** A process that has ended keeps its number until its parent asks for its exit code: a zombie does no more work. */
function isAlive([state]: string[]): boolean {
  return state !== 'Z' && state !== 'X'
}

function tryRead(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
