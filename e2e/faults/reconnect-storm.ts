import { cpuMs, residentBytes, waitedMs } from "../../benchmarks/machine/process-usage.ts";
import { clusters } from "../../benchmarks/servers/corpus.ts";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createSwarm } from "../../packages/sdk/src/bench/swarm.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { loopDelayMs, startControlPlane } from "./control-plane.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const HEAP_MB = 512;

/** F-04: a fleet comes back at once and has nothing. W5: a larger one too. */
export async function reconnectStorm(size: FaultSize): Promise<Verdict> {
  const verdict = createVerdict();
  const storms =
    size === "full"
      ? [
          { streams: 1000, services: 500 },
          { streams: 5000, services: 100 },
        ]
      : [{ streams: 50, services: 50 }];
  for (const { streams, services } of storms) {
    await using folder = await temporaryFolder();
    await using server = await startControlPlane({ folder, services, heapMb: HEAP_MB });
    const names = clusters(services);
    const open = (connectAtOnce: number) =>
      createSwarm({
        target: { host: "127.0.0.1", port: server.port },
        streams,
        dialect: "delta",
        subscriptions: [{ typeUrl: ENDPOINTS, names }],
        node: (stream) => benchNode(stream, "bench"),
        connectAtOnce,
      });
    const of = (name: string) => `${streams} x ${services}: ${name}`;
    const first = open(100);
    await first.connect();
    first.disconnect();
    await loopDelayMs(server);
    const { pid } = server.process;
    const before = { cpu: cpuMs(pid) ?? Number.NaN, waited: waitedMs(pid) ?? Number.NaN };
    const startMs = performance.now();
    const second = open(streams);
    await second.connect();
    const servedMs = performance.now() - startMs;
    const { p50Ms, maxMs } = second.served.summary();
    const loopMs = await loopDelayMs(server);
    verdict.tell(of("sent, MB"), second.traffic.bytes / 2 ** 20);
    verdict.tell(of("a stream served p50, ms"), p50Ms);
    verdict.tell(of("CPU, ms"), (cpuMs(pid) ?? Number.NaN) - before.cpu);
    // Times on a machine that others use as well hold this much of others' work.
    verdict.tell(of("kept from the processor, ms"), (waitedMs(pid) ?? Number.NaN) - before.waited);
    verdict.tell(of("RSS, MB"), (residentBytes(pid) ?? Number.NaN) / 2 ** 20);
    if (size === "full") {
      verdict.limit(of("all served, s"), servedMs / 1000, 30);
      verdict.limit(of("event loop held up, ms"), loopMs, 250);
    } else verdict.tell(of("event loop held up, ms"), loopMs);
    verdict.tell(of("the last one served, ms"), maxMs);
    verdict.limit(of("streams ended"), second.ended.count, 0);
    verdict.expect(of("everything was sent to each"), second.versions.get(ENDPOINTS)?.size === services);
    verdict.expect(of("the server lives"), server.process.child.exitCode === null);
    second.disconnect();
  }
  return verdict.done();
}
