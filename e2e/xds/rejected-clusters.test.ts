import { createSnapshotStore, createXdsServer, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy } from "./ads-envoy.ts";
import { assignment, edsCluster } from "./resources.ts";
import { stateOfEnvoy } from "./state-of-envoy.ts";

const view = viewId("v");
/** Breaks a rule of Cluster (protoc-gen-validate): Envoy quotes it, name and all, and applies nothing of the response. */
const BAD = "0s";

describeWithEnvoy("P-13 rule 7 a cluster that breaks a rule of its type", () => {
  test.each(["sotw", "delta"] as const)("%s: all others reach the proxy, at its start and later", async (dialect) => {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(await temporaryFolder());
    const store = createSnapshotStore();
    const listen = [{ address: "127.0.0.1", port: 0 }];
    const server = parts.use(createXdsServer({ store, assign: () => ({ view }), listen }));
    await server.start();
    const rejected: string[] = [];
    server.onReport((report) => {
      if (report.kind === "nack") rejected.push(...report.resources.map(({ name }) => name));
    });
    const set = (timeouts: Readonly<Record<string, string>>) => {
      const clusters = Object.entries(timeouts);
      store.set(view, [
        ...clusters.map(([name, timeout]) => edsCluster(name, timeout)),
        ...clusters.map(([name]) => assignment(name, [])),
      ]);
    };
    set({ a: "1s", b: BAD, c: "2s" });
    const envoy = parts.use(
      await startAdsEnvoy({ folder, name: "strict", port: server.addresses[0]?.port ?? 0, dialect }),
    );
    const uses = async (timeouts: Readonly<Record<string, string>>) => {
      const { clusters } = await stateOfEnvoy(envoy);
      return JSON.stringify([...clusters].sort()) === JSON.stringify(Object.entries(timeouts));
    };
    await until("the others come", () => uses({ a: "1s", c: "2s" }));
    set({ a: "3s", b: "3s", c: "3s" });
    await until("what was mended comes", () => uses({ a: "3s", b: "3s", c: "3s" }));
    set({ a: "4s", b: BAD, d: BAD, e: "4s" });
    await until("one changes, one goes, one is new", () => uses({ a: "4s", b: "3s", e: "4s" }));
    expect(rejected.sort()).toEqual(["b", "b", "d"]);
  });
});
