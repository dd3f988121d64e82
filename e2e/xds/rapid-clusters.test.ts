import { createSnapshotStore, createXdsServer, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy, statsOf } from "./ads-envoy.ts";
import { assignment, edsCluster } from "./resources.ts";
import { stateOfEnvoy } from "./state-of-envoy.ts";

const ROUNDS = 1000;

describeWithEnvoy("P-78 a cluster that comes and goes a thousand times", () => {
  test.each(["sotw", "delta"] as const)("%s: Envoy ends with what there is, and nothing warms", async (dialect) => {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(await temporaryFolder());
    const place = { address: "127.0.0.1", port: await freePort() };
    const store = createSnapshotStore();
    const view = viewId("v");
    const server = parts.use(
      createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: 0 }] }),
    );
    await server.start();
    const stays = [edsCluster("stays"), assignment("stays", [place])];
    const publish = (round: number) => {
      const comes = [edsCluster("comes", `${1 + (round % 7)}s`), assignment("comes", [place])];
      store.set(view, round % 2 === 0 ? [...stays, ...comes] : stays);
    };
    publish(0);
    const port = server.addresses[0]?.port ?? 0;
    const envoy = parts.use(await startAdsEnvoy({ folder, name: "rapid", port, dialect }));
    for (let round = 1; round <= ROUNDS; round++) {
      publish(round);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("everything is acknowledged", () => {
      const [connection] = server.connections();
      return connection?.settled === true && connection.appliedRevision >= store.revision;
    });
    await until("Envoy has it", async () => (await stateOfEnvoy(envoy)).clusters.has("comes"));
    const { clusters, warming } = await stateOfEnvoy(envoy);
    expect([...clusters].filter(([name]) => name !== "xds").sort()).toEqual([
      ["comes", `${1 + (ROUNDS % 7)}s`],
      ["stays", "1s"],
    ]);
    expect(warming).toEqual([]);
    const stats = await statsOf(envoy, "update_rejected");
    expect([...stats.values()].filter((count) => count > 0)).toEqual([]);
  });
});
