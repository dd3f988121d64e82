import { setTimeout as delay } from "node:timers/promises";
import {
  createSnapshotStore,
  createXdsServer,
  type Dialect,
  type EncodedResource,
  type SnapshotStore,
  viewId,
  type XdsServer,
} from "@portolan/xds";
import { freePort } from "../testing/free-port.ts";
import { createRandom, type Random } from "../testing/random.ts";
import type { TemporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy } from "./ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo } from "./resources.ts";
import { type EnvoyState, stateOfEnvoy } from "./state-of-envoy.ts";

const SERVICES = 5;
const ROUTES = 3;

/** What the store is to hold, by small numbers. */
interface Wish {
  readonly clusters: Map<number, { readonly version: number; readonly bad: boolean }>;
  readonly endpoints: Map<number, number>;
  readonly routes: Map<number, { readonly version: number; readonly to: readonly number[]; readonly bad: boolean }>;
  readonly listeners: Map<number, number>;
}

export interface EnvoyHistories extends AsyncDisposable {
  /** Plays one history to its end and compares; gives what is wrong, in words. */
  play(seed: number): Promise<readonly string[]>;
}

/** Random histories of changes, bad versions and server restarts, with a real Envoy as the client; it lives through all of them. */
export async function createEnvoyHistories(
  folder: TemporaryFolder,
  dialect: Dialect,
  workers = 0,
): Promise<EnvoyHistories> {
  const view = viewId("histories");
  let store: SnapshotStore = createSnapshotStore();
  // It is to be there still when the server starts again.
  const port = await freePort();
  let server = await startServer(store, port);
  const wish: Wish = { clusters: new Map(), endpoints: new Map(), routes: new Map(), listeners: new Map() };
  let version = 0;
  publish();
  const envoy = await startAdsEnvoy({ folder, name: `histories-${dialect}`, port, dialect });

  async function startServer(from: SnapshotStore, at: number): Promise<XdsServer> {
    const next = createXdsServer({
      store: from,
      assign: () => ({ view }),
      listen: [{ address: "127.0.0.1", port: at }],
      workers,
    });
    await next.start();
    return next;
  }

  async function restart(): Promise<void> {
    await server.stop(0);
    store = createSnapshotStore();
    server = await startServer(store, port);
    publish();
  }

  function publish(): void {
    const resources: EncodedResource[] = [];
    for (const [at, cluster] of wish.clusters) {
      resources.push(edsCluster(`s${at}`, cluster.bad ? "-1s" : `${1000 + cluster.version}s`));
      resources.push(assignment(`s${at}`, [{ address: "127.0.0.1", port: 10_000 + (wish.endpoints.get(at) ?? 0) }]));
    }
    for (const [at, route] of wish.routes) {
      const there = route.to.filter((to) => wish.clusters.has(to)).map((to) => `s${to}`);
      resources.push(routeTo(`r${at}`, there, `v${route.version}`, route.bad ? "(" : undefined));
      const listener = wish.listeners.get(at);
      if (listener === undefined) continue;
      const place = { address: "127.0.0.1", port: 1000 + at };
      resources.push(httpListener(`l${at}`, place, `r${at}`, { statPrefix: `v${listener}`, bind: false }));
    }
    store.set(view, resources);
  }

  function change({ integer, chance }: Random): void {
    version++;
    const bad = chance(1 / 8);
    const service = integer(0, SERVICES - 1);
    const route = integer(0, ROUTES - 1);
    switch (integer(0, 3)) {
      case 0:
        if (chance(1 / 4)) wish.clusters.delete(service);
        else wish.clusters.set(service, { version, bad });
        break;
      case 1:
        wish.endpoints.set(service, version % 1000);
        break;
      case 2:
        if (chance(1 / 5)) wish.routes.delete(route);
        else {
          const to = Array.from({ length: SERVICES }, (_, at) => at).filter(() => chance(1 / 2));
          wish.routes.set(route, { version, to, bad });
        }
        break;
      default:
        if (chance(1 / 4)) wish.listeners.delete(route);
        else wish.listeners.set(route, version);
    }
    publish();
  }

  /** All that is said is answered. */
  function settled(): boolean {
    const connections = server.connections();
    return (
      connections.length === 1 &&
      connections.every((each) => each.settled && each.types.some(({ shortName }) => shortName === "LDS"))
    );
  }

  function allAnswered(): Promise<boolean> {
    return until("all is answered", settled).catch((error: unknown) => {
      throw new Error(
        `${String(error)}: ${JSON.stringify(server.connections().map(({ settled: all, types }) => ({ all, types })))}`,
      );
    });
  }

  function differences(state: EnvoyState): string[] {
    const wrong: string[] = [];
    function compare(what: string, actual: string | undefined, expected: string | undefined, isBad: boolean): void {
      // Instead of what is bad it keeps the last good version, whichever that was, or has none.
      if (isBad ? actual === expected : actual !== expected) {
        wrong.push(
          `${what} is ${actual ?? "not there"}, and should be ${isBad ? "any but " : ""}${expected ?? "gone"}`,
        );
      }
    }
    for (let at = 0; at < SERVICES; at++) {
      const cluster = wish.clusters.get(at);
      const expected = cluster && (cluster.bad ? "-1s" : `${1000 + cluster.version}s`);
      // One that is to go stays while the last good version of a rejected route may use it.
      const mayStay = cluster === undefined && [...wish.routes.values()].some(({ bad }) => bad);
      if (!mayStay) compare(`cluster s${at}`, state.clusters.get(`s${at}`), expected, cluster?.bad === true);
      if (cluster === undefined || !state.clusters.has(`s${at}`)) continue;
      const place = String(10_000 + (wish.endpoints.get(at) ?? 0));
      compare(`endpoints s${at}`, state.endpoints.get(`s${at}`), place, false);
    }
    for (let at = 0; at < ROUTES; at++) {
      const route = wish.routes.get(at);
      const listener = route === undefined ? undefined : wish.listeners.get(at);
      const named = listener === undefined ? undefined : `v${listener}`;
      // A listener whose first route is bad waits for a good one.
      if (route?.bad === true && !state.listeners.has(`l${at}`)) continue;
      compare(`listener l${at}`, state.listeners.get(`l${at}`), named, false);
      if (route === undefined || listener === undefined) continue;
      compare(`route r${at}`, state.routes.get(`r${at}`), `v${route.version}`, route.bad);
    }
    return [...wrong, ...state.warming.map((name) => `cluster ${name} is warming`)];
  }

  return {
    async play(seed) {
      const random = createRandom(seed);
      const steps = random.integer(3, 18);
      for (let step = 0; step < steps; step++) {
        if (random.chance(1 / 25)) await restart();
        change(random);
        // The next one at once, a little later, or when everything is said.
        const pace = random.integer(0, 2);
        if (pace === 1) await delay(random.integer(0, 8));
        else if (pace === 2) await allAnswered();
      }
      await allAnswered();
      let wrong: readonly string[] = [];
      // Routes of a listener that was just added arrive a moment after what was answered for.
      await until(
        "Envoy has what it should",
        async () => {
          wrong = settled() ? differences(await stateOfEnvoy(envoy)) : ["not settled"];
          return wrong.length === 0;
        },
        5_000,
      ).catch(() => undefined);
      return wrong;
    },
    async [Symbol.asyncDispose]() {
      await envoy.stop();
      await server.stop(0);
    },
  };
}
