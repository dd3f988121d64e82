import { createSnapshotStore, createXdsServer, type Dialect, viewId } from "@portolan/xds";
import { Pool } from "undici";
import { startApplication } from "../testing/application.ts";
import { freePort } from "../testing/free-port.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy, statsOf } from "./ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo } from "./resources.ts";

export interface FlipsOptions {
  readonly dialect: Dialect;
  readonly flips: number;
  /** Requests a second. */
  readonly rate: number;
}

export interface FlipsResult {
  readonly flips: number;
  readonly requests: number;
  /** Status or error code -> how many. */
  readonly answers: Readonly<Record<string, number>>;
  /** What each flip ended with: the application that answers. */
  readonly wrong: readonly string[];
  readonly rejected: number;
  readonly warming: number;
}

/**
 * One route goes to and fro between two applications, each time by a new cluster, the former one being removed in the same
 * snapshot, while requests come at a steady rate through a real Envoy (P-67, P-68, P-69).
 */
export async function runFlips({ dialect, flips, rate }: FlipsOptions): Promise<FlipsResult> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const colours = ["blue", "green"] as const;
  const ports = { blue: await freePort(), green: await freePort() };
  for (const colour of colours) parts.use(await startApplication(colour, "127.0.0.1", ports[colour]));
  const store = createSnapshotStore();
  const view = viewId("flips");
  const server = parts.use(
    createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: 0 }] }),
  );
  await server.start();
  const listen = { address: "127.0.0.1", port: await freePort() };

  function publish(flip: number): void {
    const colour = colours[flip % 2] ?? "blue";
    // A name comes back every fourth time, so that clusters are removed and added again as well.
    const cluster = `${colour}-${flip % 4}`;
    store.set(view, [
      edsCluster(cluster),
      assignment(cluster, [{ address: "127.0.0.1", port: ports[colour] }]),
      httpListener("front", listen, "front"),
      routeTo("front", [cluster], String(flip)),
    ]);
  }

  function applied(): boolean {
    const [connection] = server.connections();
    return connection?.settled === true && connection.appliedRevision >= store.revision;
  }

  publish(0);
  const envoy = parts.use(
    await startAdsEnvoy({ folder, name: "flips", port: server.addresses[0]?.port ?? 0, dialect }),
  );
  const pool = new Pool(`http://127.0.0.1:${listen.port}`, { connections: 20, pipelining: 1 });
  parts.defer(() => pool.destroy());
  await until(
    "the first route works",
    async () => (await pool.request({ path: "/", method: "GET" })).statusCode === 200,
  );

  const answers: Record<string, number> = {};
  const wrong: string[] = [];
  let requests = 0;
  const pending = new Set<Promise<void>>();
  async function call(): Promise<void> {
    let what: string;
    try {
      const { statusCode, body } = await pool.request({ path: "/", method: "GET" });
      await body.dump();
      what = String(statusCode);
    } catch (error) {
      what = (error as NodeJS.ErrnoException).code ?? String(error);
    }
    answers[what] = (answers[what] ?? 0) + 1;
  }
  const timer = setInterval(() => {
    requests++;
    const one = call().finally(() => pending.delete(one));
    pending.add(one);
  }, 1000 / rate);
  parts.defer(() => clearInterval(timer));

  for (let flip = 1; flip <= flips; flip++) {
    publish(flip);
    // Every third one is overtaken by the next, as under load.
    if (flip % 3 === 0 && flip < flips) continue;
    await until(`flip ${flip} is applied`, applied);
    const { body, headers } = await pool.request({ path: "/", method: "GET" });
    const { application } = (await body.json()) as { application: string };
    if (application !== colours[flip % 2] || headers["x-mark"] !== String(flip)) wrong.push(`${flip}: ${application}`);
  }
  clearInterval(timer);
  await Promise.all(pending);
  const stats = await statsOf(envoy, "update_rejected|warming");
  const sum = (pattern: RegExp) => [...stats].reduce((total, [name, n]) => total + (pattern.test(name) ? n : 0), 0);
  return { flips, requests, answers, wrong, rejected: sum(/update_rejected$/), warming: sum(/warming/) };
}
