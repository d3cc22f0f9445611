/** Lets some work at once; the others wait their turn. */
export class Turns {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  #atWork = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  async take(): Promise<void> {
    if (this.#atWork >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#atWork++
  }

  /** Whoever waits takes the turn over. */
  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#atWork--
  }
}
