import { setTimeout as delay } from "node:timers/promises";
import {
  createSnapshotStore,
  createXdsServer,
  type Dialect,
  viewId,
  type XdsReport,
  type XdsServer,
} from "@portolan/xds";
import { Pool } from "undici";
import { startApplication } from "../testing/application.ts";
import { freePort } from "../testing/free-port.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy, statsOf } from "../xds/ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo } from "../xds/resources.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const CLUSTERS = 50;

/** How long the server is away in the full form, in seconds; 600 unless `OUTAGE_SECONDS` says otherwise. */
const FULL_SECONDS = Number(process.env.OUTAGE_SECONDS ?? 600);
const view = viewId("outage");

/** F-08: the server is away under load, and another one comes back in its place with the same configuration. */
export async function outage(size: FaultSize): Promise<Verdict> {
  const verdict = createVerdict();
  for (const dialect of ["delta", "sotw"] as const) {
    if (dialect === "sotw" && size === "full") continue;
    await awayOnce(dialect, size === "full" ? FULL_SECONDS : 2, size === "full" ? 200 : 100, verdict);
  }
  return verdict.done();
}

async function awayOnce(
  dialect: Dialect,
  seconds: number,
  rate: number,
  verdict: ReturnType<typeof createVerdict>,
): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const place = { address: "127.0.0.1", port: await freePort() };
  parts.use(await startApplication("blue", place.address, place.port));
  const listen = { address: "127.0.0.1", port: await freePort() };
  const xdsPort = await freePort();
  const of = (name: string) => `${dialect}: ${name}`;

  function snapshot(mark: string) {
    const names = Array.from({ length: CLUSTERS }, (_, at) => `c${at}`);
    return [
      ...names.flatMap((name) => [edsCluster(name), assignment(name, [place])]),
      httpListener("front", listen, "front"),
      routeTo("front", ["c0"], mark),
    ];
  }

  /** As a process that starts again: nothing is remembered. */
  async function serve(): Promise<{ server: XdsServer; publish(mark: string): void; pushes: XdsReport[] }> {
    const store = createSnapshotStore();
    const server = parts.use(
      createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: xdsPort }] }),
    );
    const pushes: XdsReport[] = [];
    server.onReport((report) => {
      if (report.kind === "push" || report.kind === "nack") pushes.push(report);
    });
    const publish = (mark: string) => void store.set(view, snapshot(mark));
    publish("first");
    await server.start();
    return { server, publish, pushes };
  }

  const first = await serve();
  const envoy = parts.use(await startAdsEnvoy({ folder, name: "outage", port: xdsPort, dialect }));
  const pool = new Pool(`http://127.0.0.1:${listen.port}`, { connections: 20, pipelining: 1 });
  parts.defer(() => pool.destroy());
  const marked = async (mark: string) => {
    const { statusCode, headers, body } = await pool.request({ path: "/", method: "GET" });
    await body.dump();
    return statusCode === 200 && headers["x-mark"] === mark;
  };
  await until("the route works", () => marked("first"));

  const answers: Record<string, number> = {};
  let requests = 0;
  const pending = new Set<Promise<void>>();
  const timer = setInterval(() => {
    requests++;
    const one = pool.request({ path: "/", method: "GET" }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        answers[statusCode] = (answers[statusCode] ?? 0) + 1;
      },
      (error: NodeJS.ErrnoException) => {
        const what = error.code ?? error.message;
        answers[what] = (answers[what] ?? 0) + 1;
      },
    );
    const over = one.finally(() => pending.delete(over));
    pending.add(over);
  }, 1000 / rate);
  parts.defer(() => clearInterval(timer));

  const quiet = "update_rejected|cluster_added|cluster_modified|cluster_removed|listener_(added|modified|removed)";
  const before = await statsOf(envoy, quiet);
  await first.server.stop(0);
  await delay(seconds * 1000);
  const awayRequests = requests;
  const second = await serve();
  // Envoy waits for up to 30 s before it tries again.
  await until("Envoy is back", () => second.server.connections().some(({ settled }) => settled), 90_000);
  const resent = second.pushes.reduce((sum, report) => sum + (report.kind === "push" ? report.resources : 0), 0);
  const after = await statsOf(envoy, quiet);
  // Whatever was under way has been told before what is published now.
  second.publish("second");
  await until("Envoy follows the new server", () => marked("second"));
  clearInterval(timer);
  await Promise.all(pending);

  const { 200: good = 0, ...others } = answers;
  verdict.tell(of("away, s"), seconds);
  verdict.tell(of("requests"), requests);
  verdict.tell(of("requests while it was away"), awayRequests);
  verdict.limit(of("requests that failed"), requests - good, 0);
  if (Object.keys(others).length > 0) verdict.tell(of("how they failed"), JSON.stringify(others));
  verdict.limit(
    of("updates rejected"),
    [...after].reduce((sum, [name, count]) => sum + (name.endsWith("update_rejected") ? count : 0), 0),
    0,
  );
  const changed = [...after].filter(([name, count]) => (before.get(name) ?? 0) !== count);
  verdict.limit(of("clusters and listeners that Envoy changed"), changed.length, 0);
  // SotW has no words for what a client still has.
  if (dialect === "delta") verdict.limit(of("resources sent again"), resent, 0);
  else verdict.tell(of("resources sent again"), resent);
}
