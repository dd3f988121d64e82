import { createSnapshotStore, createXdsServer, type EncodedResource, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy, statsOf } from "./ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo } from "./resources.ts";
import { stateOfEnvoy } from "./state-of-envoy.ts";

const view = viewId("ttl");

function lasting(resource: EncodedResource, ttlMs = 4_000): EncodedResource {
  return { ...resource, version: `${resource.version}-${ttlMs}ms`, ttlMs };
}

describeWithEnvoy("TTLs, with an Envoy that announces nothing", () => {
  test.each(["sotw", "delta"] as const)(
    "P-79 P-80 P-81 %s: what has a TTL stays while the server is there and goes when it is not",
    async (dialect) => {
      await using parts = new AsyncDisposableStack();
      const folder = parts.use(await temporaryFolder());
      const store = createSnapshotStore();
      const listen = [{ address: "127.0.0.1", port: 0 }];
      const server = parts.use(createXdsServer({ store, assign: () => ({ view }), listen, ttl: "always" }));
      await server.start();
      const place = { address: "127.0.0.1", port: await freePort() };
      const other = httpListener("m", { ...place, port: await freePort() }, "r");
      const others = [edsCluster("b"), assignment("b", [place]), routeTo("r", ["b"], "1")];
      const fleeting = [
        lasting(edsCluster("a")),
        lasting(httpListener("l", place, "r")),
        // Envoy 1.40 crashes where a TTL of endpoints or routes runs out in SotW: there it is not told of it.
        lasting(assignment("a", [place])),
      ];
      store.set(view, [...others, ...fleeting, lasting(other)]);
      const port = server.addresses[0]?.port ?? 0;
      const envoy = parts.use(await startAdsEnvoy({ folder, name: "ttl", port, dialect }));
      const names = async () => {
        const { clusters, listeners } = await stateOfEnvoy(envoy);
        return [...clusters.keys(), ...listeners.keys()].sort();
      };
      const all = ["a", "b", "l", "m"];
      await until("Envoy has everything", async () => (await names()).length === all.length);
      store.set(view, [...others, ...fleeting, other]);
      const heartbeats = async () =>
        (await statsOf(envoy, "lds.update_success")).get("listener_manager.lds.update_success") ?? 0;
      const before = await heartbeats();
      await until("three TTLs have passed", async () => (await heartbeats()) >= before + 6);
      expect(await names()).toEqual(all);
      const stats = await statsOf(envoy, "listener_modified|cluster_modified|update_rejected");
      // The listener whose TTL went is the only one that was sent anew, and it is what it was.
      expect([...stats].filter(([, count]) => count > 0)).toEqual([]);

      await server.stop(0);
      await until("Envoy drops what nobody renews", async () => (await names()).join() === "b,m");
    },
  );
});
