import { join } from "node:path";
import { createRegistry } from "@portolan/registry";
import fastify from "fastify";
import { expect, test } from "vitest";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { badEntry, badPlace, entry } from "../../testing/manifests.ts";
import { ask } from "../../testing/request.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { refuseUntilReady } from "../readiness.ts";
import { addHealthRoutes } from "./health.ts";
import { addObjectRoutes } from "./objects.ts";

test("before the first sync it is live and not ready, and nothing is read from an empty mesh", async () => {
  const registry = createRegistry({ sources: [] });
  using metrics = createMetrics(registry);
  await using server = fastify();
  const ready = () => registry.synced;
  refuseUntilReady(server, ready);
  addHealthRoutes(server, { registry, metrics, ready });
  addObjectRoutes(server, registry);
  const status = async (url: string) => (await server.inject(url)).statusCode;

  expect(await Promise.all(["/live", "/ready", "/metrics", "/api/v1/objects", "/nothing"].map(status))).toEqual([
    200, 503, 200, 503, 503,
  ]);
  expect((await server.inject("/api/v1/objects")).json()).toEqual({
    code: "unreachable",
    error: expect.stringContaining("try again"),
  });
  expect((await server.inject("/ready")).json()).toEqual({ ready: false, revision: 0, problems: [] });
  await registry.start();
  expect(await Promise.all(["/live", "/ready", "/metrics", "/api/v1/objects", "/nothing"].map(status))).toEqual([
    200, 200, 200, 200, 404,
  ]);
  await registry.stop();
});

test("ready lists bad objects with their places, and stays ready", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh/good.yaml", entry("good"));
  await folder.write("mesh/bad.yaml", badEntry);
  await using mesh = await createControlPlane({
    config: [join(folder.path, "mesh")],
    dns: undefined,
    admin: undefined,
  });
  const { status, json } = await ask(mesh.adminSocket, "/ready");
  const { problems, ...rest } = json() as { problems: { severity: string; text: string }[] };
  expect([status, rest]).toEqual([200, { ready: true, revision: mesh.snapshot.revision }]);
  expect(problems.map(({ severity, text }) => [severity, text])).toEqual(
    expect.arrayContaining([
      [
        "error",
        expect.stringMatching(new RegExp(`bad\\.yaml:${badPlace} spec\\.ports\\.0\\.number: .*\\[IST0106\\]$`)),
      ],
    ]),
  );
  expect((await ask(mesh.adminSocket, "/live")).json()).toEqual({ live: true });
});
