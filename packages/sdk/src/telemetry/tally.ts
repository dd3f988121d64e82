import type { Histogram, Registry } from "prom-client";

export interface TallyOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  /** Of the only label; undefined: there is none. */
  readonly label?: string;
  /** Called when somebody asks, before it answers. */
  readonly collect?: () => void;
}

interface Counts {
  /** One more than there are buckets. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram that is told thousands of values at a time: plain numbers, put into words only where somebody asks. That of
 * prom-client looks its labels up by a text that it makes anew for each value.
 */
export class Tally {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  private readonly buckets: readonly number[];
  private readonly label: string | undefined;
  private readonly collect: (() => void) | undefined;
  private readonly known = new Map<string, Counts>();
  private last: readonly [string, Counts] | undefined;

  constructor({ name, help, buckets, label, collect }: TallyOptions, registers: readonly Registry[]) {
    this.name = name;
    this.help = help;
    this.buckets = buckets;
    this.label = label;
    this.collect = collect;
    if (label === undefined) this.countsOf("");
    // A registry asks a metric for its values, and for nothing else.
    for (const registry of registers) registry.registerMetric(this as unknown as Histogram);
  }

  /** `of`: the label's value. */
  observe(value: number, of = ""): void {
    const counts = this.last?.[0] === of ? this.last[1] : this.countsOf(of);
    let at = 0;
    while (at < this.buckets.length && value > (this.buckets[at] ?? 0)) at++;
    counts.counts[at] = (counts.counts[at] ?? 0) + 1;
    counts.sum += value;
  }

  /** As prom-client's own give them. */
  get(): object {
    this.collect?.();
    const values = [...this.known].flatMap(([of, { counts, sum }]) => {
      const labels = this.label === undefined ? {} : { [this.label]: of };
      let total = 0;
      const buckets = [...this.buckets, "+Inf"].map((le, at) => {
        total += counts[at] ?? 0;
        return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: total };
      });
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels, value: sum },
        { metricName: `${this.name}_count`, labels, value: total },
      ];
    });
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  private countsOf(of: string): Counts {
    let counts = this.known.get(of);
    if (counts === undefined) {
      counts = { counts: new Array<number>(this.buckets.length + 1).fill(0), sum: 0 };
      this.known.set(of, counts);
    }
    this.last = [of, counts];
    return counts;
  }
}
