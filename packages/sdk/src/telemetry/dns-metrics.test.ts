import { type DnsStats, queryDns } from "@portolan/dns";
import { expect, test } from "vitest";
import { createControlPlane } from "../control-plane/control-plane.ts";
import { parseListenAddress } from "../listen-address.ts";
import { ask } from "../testing/request.ts";
import { formatDnsMetrics } from "./dns-metrics.ts";

test("a server's counts under CoreDNS's names and labels", async () => {
  const query = (type: string, rcode: string, transport: "udp" | "tcp", count: number) => ({
    type,
    rcode,
    transport,
    count,
  });
  const stats = {
    queries: [query("A", "NOERROR", "udp", 5), query("A", "NXDOMAIN", "udp", 2), query("AAAA", "NOERROR", "tcp", 1)],
    durations: { boundsSeconds: [0.001, 0.01], counts: [6, 7, 8], sumSeconds: 0.5 },
    dropped: 3,
    tcpConnections: 1,
    tcpRefused: 4,
    zone: { serial: 9, names: 40, views: 1, swaps: 2 },
    forwarder: {
      cacheHits: 10,
      cacheMisses: 11,
      cacheEntries: 12,
      cacheBytes: 0,
      inFlight: 0,
      merged: 0,
      overload: 13,
      upstreams: [{ upstream: "10.0.0.2:53", queries: 14, failures: 15, unmatched: 0, loops: false }],
    },
  } as unknown as DnsStats;
  await expect(formatDnsMetrics(stats, "127.0.0.1:15053")).toMatchFileSnapshot("../../goldens/metrics/dns.txt");
});

test("what a real server answered is in the metrics of its control plane", async () => {
  await using mesh = await createControlPlane({ admin: undefined });
  const { address, port } = parseListenAddress(mesh.listening.dns ?? "", "test");
  const { rcode } = await queryDns({ server: address, port, name: "nobody.shop.global", type: "A" });
  expect(rcode).toBe("NXDOMAIN");
  const { text } = await ask(mesh.adminSocket, "/metrics");
  const server = `server="dns://${mesh.listening.dns}",zone=".",view=""`;
  expect(text).toContain(`coredns_dns_requests_total{${server},proto="udp",type="A"} 1`);
  expect(text).toContain(`coredns_dns_responses_total{${server},rcode="NXDOMAIN"} 1`);
  expect(text).toContain(`coredns_dns_request_duration_seconds_count{${server}} 1`);
  expect(text).not.toContain("coredns_forward");
});
