import { createSnapshotStore, createXdsServer, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { startApplication } from "../testing/application.ts";
import { call } from "../testing/call.ts";
import { freePort } from "../testing/free-port.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy } from "./ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo } from "./resources.ts";
import { stateOfEnvoy } from "./state-of-envoy.ts";

const view = viewId("v");

describeWithEnvoy("P-73 a listener that changes and keeps its route", () => {
  test.each(["sotw", "delta"] as const)("%s: Envoy takes the new listener and carries every call", async (dialect) => {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(await temporaryFolder());
    const application = { address: "127.0.0.1", port: await freePort() };
    const entry = { address: "127.0.0.1", port: await freePort() };
    parts.use(await startApplication("a", application.address, application.port));
    const store = createSnapshotStore();
    const listen = [{ address: "127.0.0.1", port: 0 }];
    const server = parts.use(createXdsServer({ store, assign: () => ({ view }), listen }));
    await server.start();
    const publish = (statPrefix: string) =>
      store.set(view, [
        edsCluster("a"),
        assignment("a", [application]),
        httpListener("l", entry, "r", { statPrefix }),
        routeTo("r", ["a"], "1"),
      ]);
    const answer = async () => {
      const got = await call(entry.address, entry.port, "shop");
      return "status" in got ? got.status : got.failure;
    };
    publish("v0");
    const envoy = parts.use(
      await startAdsEnvoy({ folder, name: "relisten", port: server.addresses[0]?.port ?? 0, dialect }),
    );
    await until("calls are carried", async () => (await answer()) === 200);
    const answers = new Set<number | string>();
    for (let round = 1; round <= 5; round++) {
      publish(`v${round}`);
      await until("the new listener is used", async () => {
        answers.add(await answer());
        return (await stateOfEnvoy(envoy)).listeners.get("l") === `v${round}`;
      });
      answers.add(await answer());
    }
    expect([...answers]).toEqual([200]);
  });
});
