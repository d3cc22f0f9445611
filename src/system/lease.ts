import { LEASE_PREFIX } from '../model/names.ts'
import { currentOwner, ownerText, parseOwner, type Owner } from './owner.ts'

/*
 * If no lock tells of processes on other hosts, each shows by a branch that it lives: the branch's name changes as long
 * as its process lives. Who waits compares names that it saw itself, for a time by its own clock: hosts' clocks may differ.
 */

/** How often a lease is renewed, in ms. */
export const RENEWED: number = 5000
/** How long a lease must stay as it is, before the eyes of who waits, until its process counts as gone, in ms. */
export const SILENT: number = 30_000

/** A new name for the lease of this process. @param token tells the database's users in one process apart */
export function leaseName(token: string): string {
  return `${LEASE_PREFIX}${ownerText(currentOwner())}/${token}-${Date.now()}`
}

/** Whose lease a branch is, and when it was renewed, in ms since 1970 by that host's clock; undefined for other branches. */
export function parseLease(name: string): { owner: Owner; renewed: number } | undefined {
  if (!name.startsWith(LEASE_PREFIX)) return undefined
  const [ownerPart, renewed] = name.slice(LEASE_PREFIX.length).split('/')
  const owner = parseOwner(ownerPart ?? '')
  return owner && { owner, renewed: Number(renewed?.split('-').at(-1)) }
}
