import type { DnsStats } from "@portolan/dns";

/**
 * A DNS server's counts as Prometheus text, under the names and labels of CoreDNS's plugins `metrics`, `cache` and `forward`, so that
 * its dashboards work. `server` is `IP:PORT`.
 */
export function formatDnsMetrics(stats: DnsStats, server: string): string {
  const own = { server: `dns://${server}`, zone: ".", view: "" };
  const { queries, durations, forwarder } = stats;
  const families = [
    family("coredns_dns_requests_total", "counter", "Queries that were answered.", [
      ...sums(queries, ({ transport, type }) => labelled({ ...own, proto: transport, type })),
    ]),
    family("coredns_dns_responses_total", "counter", "Answers, by their code.", [
      ...sums(queries, ({ rcode }) => labelled({ ...own, rcode })),
    ]),
    histogram("coredns_dns_request_duration_seconds", "Seconds until a query was answered.", own, durations),
    family("portolan_dns_dropped_total", "counter", "UDP messages that got no answer.", [["", stats.dropped]]),
    family("portolan_dns_tcp_connections", "gauge", "TCP connections that are open.", [["", stats.tcpConnections]]),
    family("portolan_dns_tcp_refused_total", "counter", "TCP connections that were refused.", [["", stats.tcpRefused]]),
    family("portolan_dns_zone_names", "gauge", "Names that the public view answers.", [["", stats.zone.names]]),
    family("portolan_dns_zone_swaps_total", "counter", "Times that another zone took the former's place.", [
      ["", stats.zone.swaps],
    ]),
    ...(forwarder === undefined ? [] : forwarderFamilies(forwarder, own)),
  ];
  return families.join("");
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: string, value: number];

function forwarderFamilies(forwarder: NonNullable<DnsStats["forwarder"]>, own: Labels): readonly string[] {
  const { cacheHits, cacheMisses, cacheEntries, overload, upstreams } = forwarder;
  const requests = upstreams.map(({ upstream, queries }): Sample => [labelled({ to: upstream }), queries]);
  const failures = upstreams.map(({ upstream, failures }): Sample => [labelled({ to: upstream }), failures]);
  return [
    family("coredns_cache_hits_total", "counter", "Questions that the cache answered.", [[labelled(own), cacheHits]]),
    family("coredns_cache_misses_total", "counter", "Questions that it did not answer.", [
      [labelled(own), cacheMisses],
    ]),
    family("coredns_cache_entries", "gauge", "Answers in the cache.", [[labelled(own), cacheEntries]]),
    family("coredns_forward_requests_total", "counter", "Queries sent to an upstream.", requests),
    family("portolan_dns_forward_failures_total", "counter", "Queries that an upstream did not answer.", failures),
    family("coredns_forward_max_concurrent_rejects_total", "counter", "Questions refused: too much is under way.", [
      ["", overload],
    ]),
  ];
}

/** Counts of the same labels are one sample. */
function sums(
  queries: DnsStats["queries"],
  labelsOf: (query: DnsStats["queries"][number]) => string,
): Iterable<Sample> {
  const found = new Map<string, number>();
  for (const query of queries) found.set(labelsOf(query), (found.get(labelsOf(query)) ?? 0) + query.count);
  return found;
}

function histogram(name: string, help: string, own: Labels, durations: DnsStats["durations"]): string {
  const { boundsSeconds, counts, sumSeconds } = durations;
  const buckets = counts.map((count, at): Sample => {
    const le = String(boundsSeconds[at] ?? "+Inf");
    return [labelled({ ...own, le }), count];
  });
  const lines = [
    ...buckets.map(([labels, count]) => `${name}_bucket${labels} ${count}`),
    `${name}_sum${labelled(own)} ${sumSeconds}`,
    `${name}_count${labelled(own)} ${counts.at(-1) ?? 0}`,
  ];
  return `${head(name, "histogram", help)}${lines.join("\n")}\n`;
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  return head(name, type, help) + samples.map(([labels, value]) => `${name}${labels} ${value}\n`).join("");
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function labelled(labels: Labels): string {
  const escaped = (text: string) => text.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`;
}
