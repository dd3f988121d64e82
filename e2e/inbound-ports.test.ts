import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allSynced, listedProxies, type RunningEnvoy, startProxy } from "./testing/envoy.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { istioObject, namespaceObject, yamlOf } from "./testing/objects.ts";
import { type Server, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { probeTls } from "./testing/tls-probe.ts";
import { until } from "./testing/until.ts";

const MACHINE = "127.81.1.5";
const PORTS = [8888, 9999] as const;

/** A service of two ports on the machine. */
const mesh = yamlOf([
  namespaceObject("fields"),
  istioObject("ServiceEntry", "pump", "fields", {
    hosts: ["pump.fields.svc.cluster.local"],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    ports: PORTS.map((number) => ({ name: `http-${number}`, number, protocol: "HTTP" })),
    endpoints: [{ address: MACHINE, serviceAccount: "pump" }],
  }),
]);

/** Whether the machine's Envoy takes a call for that port. */
async function serves(port: number): Promise<boolean> {
  const met = await probeTls(MACHINE, 15006, `outbound_.${port}_._.pump.fields.svc.cluster.local`);
  return met.kind === "certificate" && met.uris.includes("spiffe://cluster.local/ns/fields/sa/pump");
}

function listens(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(15006, MACHINE, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function startMachine(server: Server, folder: TemporaryFolder, inboundPorts: string): Promise<RunningEnvoy> {
  const place = { name: "pump-1", namespace: "fields", serviceAccount: "pump", address: MACHINE };
  const proxy = await startProxy(server, folder.path, { role: "sidecar", ...place, inboundPorts });
  await allSynced(server, [proxy]);
  return proxy;
}

describeWithEnvoy("inbound ports of a machine", () => {
  test("0.10 0.11 are those of its bootstrap: none, one, or a later, edited list; one that no service names is reported", async () => {
    await using folder = await temporaryFolder();
    await folder.write("mesh/mesh.yaml", mesh);
    await using server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
    const seen = async () => ({ listens: await listens(), served: await Promise.all(PORTS.map(serves)) });
    {
      await using _caller = await startMachine(server, folder, "");
      expect(await seen()).toEqual({ listens: false, served: [false, false] });
    }
    {
      await using _machine = await startMachine(server, folder, "8888");
      await until("the port is served", () => serves(8888));
      expect(await seen()).toEqual({ listens: true, served: [true, false] });
    }
    await using _machine = await startMachine(server, folder, "8888,9999,7777");
    await until("both ports are served", async () => (await serves(8888)) && (await serves(9999)));
    const remark = await until("the port that no service names is reported", async () => {
      const { remarks = [] } = (await listedProxies(server)).find(({ name }) => name === "pump-1") ?? {};
      return remarks.find((text) => text.includes("7777"));
    });
    expect(remark).not.toMatch(/8888|9999/);
    expect(await server.output(["proxy-status", "-v", "1"])).toMatch(/pump-1\.fields: .*7777/);
  });
});
