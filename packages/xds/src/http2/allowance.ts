/** How often something may be done that costs its doer nothing: at once, and in a second. */
export interface Rate {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** What is left of it for one connection. */
export class Allowance {
  private readonly rate: Rate;
  private left: number;
  private sinceMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate;
    this.left = rate.atOnce;
    this.sinceMs = nowMs;
  }

  /** False: it is used up. */
  spend(nowMs: number): boolean {
    const { atOnce, perSecond } = this.rate;
    this.left = Math.min(atOnce, this.left + ((nowMs - this.sinceMs) * perSecond) / 1000) - 1;
    this.sinceMs = nowMs;
    return this.left >= 0;
  }

  giveBack(count: number): void {
    this.left += count;
  }
}
