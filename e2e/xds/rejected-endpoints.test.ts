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

describeWithEnvoy("P-13 endpoints that Envoy rejects", () => {
  test.each(["sotw", "delta"] as const)(
    "%s: those that it accepted before carry calls, also after it came back",
    async (dialect) => {
      await using parts = new AsyncDisposableStack();
      const folder = parts.use(await temporaryFolder());
      const [application, entry] = [await freePort(), await freePort()].map((port) => ({ address: "127.0.0.1", port }));
      if (application === undefined || entry === undefined) throw new Error("no ports");
      parts.use(await startApplication("a", application.address, application.port));
      const store = createSnapshotStore();
      const listen = [{ address: "127.0.0.1", port: 0 }];
      const limits = { maxConnectionAgeMs: 1_500, maxConnectionAgeGraceMs: 100 };
      const server = parts.use(createXdsServer({ store, assign: () => ({ view }), listen, limits }));
      await server.start();
      const seen: string[] = [];
      server.onReport(({ kind }) => void seen.push(kind));
      const resources = (port: number, connectTimeout: string) => [
        edsCluster("a", connectTimeout),
        assignment("a", [{ ...application, port }]),
        httpListener("l", entry, "r"),
        routeTo("r", ["a"], "1"),
      ];
      const answer = async () => {
        const got = await call(entry.address, entry.port, "shop");
        return "status" in got ? got.status : 0;
      };
      store.set(view, resources(application.port, "1s"));
      const envoy = parts.use(
        await startAdsEnvoy({ folder, name: "rejecting", port: server.addresses[0]?.port ?? 0, dialect }),
      );
      await until("calls are carried", async () => (await answer()) === 200);

      store.set(view, resources(70_000, "1s"));
      await until("it rejects them", () => seen.includes("nack"));
      expect(await answer()).toBe(200);
      seen.length = 0;
      await until("it comes back", () => seen.includes("stream-opened"));
      // The cluster is sent anew, and waits for endpoints.
      store.set(view, resources(70_000, "2s"));
      const warm = async () => {
        const { clusters, warming } = await stateOfEnvoy(envoy);
        return clusters.get("a") === "2s" && warming.length === 0;
      };
      // Envoy itself gives up waiting after 15 s.
      await until("the cluster that changed is warm", warm, 12_000);
      expect(await answer()).toBe(200);
      expect(seen).not.toContain("nack");
    },
  );
});
