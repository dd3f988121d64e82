import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createDnsServer } from "@portolan/dns";
import { expect, test } from "vitest";
import { parseListenAddress } from "../listen-address.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { type ControlPlane, createControlPlane } from "./control-plane.ts";
import type { ControlPlaneOptions } from "./options.ts";

async function meshOf(yaml: string, options: ControlPlaneOptions = {}) {
  const folder = await temporaryFolder();
  const mesh = await createControlPlane({ ...options, config: [await folder.write("mesh.yaml", yaml)] });
  return {
    mesh,
    resolver: resolverOf(mesh),
    async [Symbol.asyncDispose]() {
      await mesh.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Node's own resolver, as a client that is no part of the mesh. */
function resolverOf(mesh: ControlPlane): Resolver {
  const resolver = new Resolver();
  resolver.setServers([mesh.listening.dns ?? ""]);
  return resolver;
}

/** Istio's machine of document 4: the load balancer by short names, the cluster's services by their own. */
const older = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: istio-pilot-ilb, namespace: istio-system}
spec:
  hosts: [istio-pilot, istio-pilot.istio-system]
  addresses: [10.150.0.6]
  ports: [{number: 8080, name: http, protocol: HTTP}]
  location: MESH_INTERNAL
  resolution: STATIC
  endpoints: [{address: 10.150.0.6}]
---
apiVersion: v1
kind: Service
metadata: {name: istio-pilot, namespace: istio-system}
spec: {clusterIP: 10.63.247.248, ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingress, namespace: istio-system}
spec: {clusterIP: 10.63.243.30, ports: [{name: http, port: 80}]}
`;

test("4.29 host istio-pilot.istio-system gives the load balancer's address, and so does its short name", async () => {
  await using scene = await meshOf(older);
  for (const name of ["istio-pilot.istio-system", "istio-pilot", "istio-pilot.istio-system."]) {
    expect(await scene.resolver.resolve4(name), name).toEqual(["10.150.0.6"]);
  }
});

test("4.30 host istio-pilot.istio-system.svc.cluster.local. and istio-ingress give the cluster IPs", async () => {
  await using scene = await meshOf(older);
  const { resolver } = scene;
  expect(await resolver.resolve4("istio-pilot.istio-system.svc.cluster.local.")).toEqual(["10.63.247.248"]);
  expect(await resolver.resolve4("istio-ingress.istio-system.svc.cluster.local.")).toEqual(["10.63.243.30"]);
  await expect(resolver.resolve4("istio-mixer.istio-system.svc.cluster.local.")).rejects.toMatchObject({
    code: "ENOTFOUND",
  });
});

const external = `apiVersion: v1
kind: Service
metadata: {name: my-httpbin, namespace: default}
spec:
  type: ExternalName
  externalName: httpbin.org
  ports: [{name: http, protocol: TCP, port: 80}]
`;

test("2.06 an ExternalName is a CNAME for who has no sidecar, and a call shows the Service's name as Host", async () => {
  // The world outside: a name server that knows the external name, and the server behind it.
  const outside = createDnsServer({
    records: [{ name: "httpbin.org", type: "A", address: "127.0.0.1" }],
    suffixes: ["org"],
    listen: { port: 0 },
  });
  await outside.start();
  const web = createServer((asked, reply) => reply.end(JSON.stringify({ headers: { Host: asked.headers.host } })));
  await once(web.listen(0, "127.0.0.1"), "listening");
  const { port } = web.address() as AddressInfo;
  const upstream = parseListenAddress(`127.0.0.1:${outside.address?.port}`, "test");
  {
    await using scene = await meshOf(external, { dnsUpstreams: [upstream] });
    const name = "my-httpbin.default.svc.cluster.local";
    expect(await scene.resolver.resolveCname(name)).toEqual(["httpbin.org"]);
    const [address = ""] = await scene.resolver.resolve4(name);
    expect(address).toBe("127.0.0.1");
    const call = request(`http://${name}:${port}/headers`, {
      agent: false,
      lookup: (_host, options, done) => {
        if (options.all === true) done(null, [{ address, family: 4 }]);
        else done(null, address, 4);
      },
    });
    const [answer] = await once(call.end(), "response");
    let text = "";
    for await (const part of answer) text += part;
    expect(JSON.parse(text)).toEqual({ headers: { Host: `${name}:${port}` } });
  }
  await outside.stop();
  web.close();
});

test("2.06 in a bind view it has a VIP, since Envoy carries the call", async () => {
  const workload = `${external}---
apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep, namespace: default}
spec: {serviceAccountName: sleep, containers: [{name: app, image: app}]}
status: {podIP: 127.0.0.1, phase: Running, conditions: [{type: Ready, status: "True"}]}
`;
  await using scene = await meshOf(workload);
  const addresses = await scene.resolver.resolve4("my-httpbin.default.svc.cluster.local");
  expect(addresses).toEqual([expect.stringMatching(/^127\.255\./)]);
});
