import fc from "fast-check";
import type { NodeText } from "../goldens/proxy.ts";
import {
  istioObject,
  type Manifest,
  meshConfigMap,
  namespaceObject,
  podObject,
  sniGatewayObject,
} from "../testing/objects.ts";

/** A mesh as YAML objects, and proxies in it. Anything that configuration may say, in any combination. */
export interface RandomMesh {
  readonly objects: readonly Manifest[];
  readonly proxies: readonly NodeText[];
}

const namespaces = ["shop", "films", "machines"];
const networks = ["", "east", "west"];
const namespace = fc.constantFrom(...namespaces);
const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const portNumber = fc.oneof(fc.constantFrom(80, 443, 8000, 8443, 15006, 15443), fc.integer({ min: 1, max: 65535 }));
const protocol = fc.constantFrom(
  "HTTP",
  "HTTP2",
  "GRPC",
  "GRPC-WEB",
  "HTTPS",
  "TLS",
  "TCP",
  "MONGO",
  "REDIS",
  "MYSQL",
  "UDP",
);
const ports = fc.uniqueArray(fc.record({ number: portNumber, protocol }), {
  minLength: 1,
  maxLength: 4,
  selector: ({ number }) => number,
});
const ipv4 = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 250 }))
  .map(([net, host]) => `10.${net}.0.${host}`);
const ipv6 = fc.integer({ min: 1, max: 0xffff }).map((host) => `fd00::${host.toString(16)}`);
const version = fc.constantFrom("v1", "v2");

const endpoint = (address: fc.Arbitrary<string>) =>
  fc.record(
    {
      address,
      locality: fc.constantFrom("eu", "eu/a", "eu/a/r1"),
      weight: fc.integer({ min: 0, max: 65_535 }),
      network: fc.constantFrom("east", "west"),
      serviceAccount: label,
      labels: fc.record(
        { version, "security.istio.io/tlsMode": fc.constantFrom("istio", "disabled") },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["address"] },
  );

const host = fc.oneof(
  fc.tuple(label, namespace).map(([name, ns]) => `${name}.${ns}.global`),
  fc.tuple(label, namespace).map(([name, ns]) => `${name}.${ns}.svc.cluster.local`),
  label.map((name) => `${name}.example.com`),
  label.map((name) => `*.${name}.example.org`),
);

const serviceEntry = fc
  .record({
    name: label,
    namespace,
    hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 3 }),
    ports,
    location: fc.constantFrom("MESH_INTERNAL", "MESH_EXTERNAL"),
    shared: fc.option(fc.integer({ min: 1, max: 250 }), { nil: undefined }),
    exportTo: fc.constantFrom(["*"], ["."], undefined),
    way: fc.oneof(
      fc.record({
        resolution: fc.constant("STATIC"),
        endpoints: fc.array(endpoint(fc.oneof(ipv4, ipv6)), { maxLength: 6 }),
      }),
      fc.record({
        resolution: fc.constant("DNS"),
        endpoints: fc.array(
          endpoint(
            fc.oneof(
              ipv4,
              label.map((name) => `${name}.example.net`),
            ),
          ),
          { maxLength: 3 },
        ),
      }),
      fc.record({ resolution: fc.constant("NONE") }),
    ),
  })
  .map(({ name, namespace: ns, hosts, ports: list, location, shared, exportTo, way }) =>
    istioObject("ServiceEntry", name, ns, {
      hosts,
      ports: list.map(({ number, protocol: kind }) => ({ name: `p-${number}`, number, protocol: kind })),
      location,
      ...(shared === undefined ? {} : { addresses: [`127.255.77.${shared}`] }),
      ...(exportTo === undefined ? {} : { exportTo }),
      ...way,
    }),
  );

const service = fc
  .record({ name: label, namespace, ports, external: fc.boolean(), headless: fc.boolean() })
  .map(({ name, namespace: ns, ports: list, external, headless }): Manifest => {
    const declared = list.map(({ number, protocol: kind }) => ({
      name: `${kind.toLowerCase()}-${number}`,
      port: number,
      targetPort: number,
      ...(kind === "UDP" ? { protocol: "UDP" } : {}),
    }));
    const spec = external
      ? { type: "ExternalName", externalName: "target.example.net", ports: declared }
      : { selector: { app: "any" }, ports: declared, ...(headless ? { clusterIP: "None" } : {}) };
    return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: ns }, spec };
  });

const tls = fc.oneof(
  fc.constant({ mode: "DISABLE" }),
  fc.constant({ mode: "ISTIO_MUTUAL" }),
  fc.record(
    {
      mode: fc.constant("SIMPLE"),
      sni: fc.constant("sni.example.com"),
      subjectAltNames: fc.constantFrom([], ["a.example.com"], ["spiffe://x/y"]),
      insecureSkipVerify: fc.boolean(),
    },
    { requiredKeys: ["mode"] },
  ),
  fc.constant({
    mode: "MUTUAL",
    clientCertificate: "/missing/c.pem",
    privateKey: "/missing/k.pem",
    caCertificates: "/missing/a.pem",
  }),
);
const count = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const policy = fc.record(
  {
    tls,
    connectionPool: fc.record(
      {
        tcp: fc.record({ maxConnections: count, connectTimeout: fc.constantFrom("1ms", "10s") }, { requiredKeys: [] }),
        http: fc.record(
          {
            http1MaxPendingRequests: count,
            http2MaxRequests: count,
            maxRequestsPerConnection: count,
            maxRetries: count,
            idleTimeout: fc.constantFrom("1s", "1h"),
            h2UpgradePolicy: fc.constantFrom("UPGRADE", "DO_NOT_UPGRADE"),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** Rules of hosts that are there. */
function rulesFor(hosts: readonly string[]): fc.Arbitrary<Manifest> {
  return fc
    .record({
      name: label,
      namespace,
      host: fc.constantFrom("*.global", "*.example.com", ...hosts),
      policy,
      versions: fc.subarray(["v1", "v2"]),
      subsetPolicy: fc.option(policy, { nil: undefined }),
      port: fc.option(fc.tuple(portNumber, policy), { nil: undefined }),
    })
    .map(({ name, namespace: ns, host: of, policy: all, versions, subsetPolicy, port }) =>
      istioObject("DestinationRule", name, ns, {
        host: of,
        trafficPolicy: {
          ...all,
          ...(port === undefined ? {} : { portLevelSettings: [{ port: { number: port[0] }, ...port[1] }] }),
        },
        subsets: versions.map((text) => ({
          name: text,
          labels: { version: text },
          ...(subsetPolicy === undefined ? {} : { trafficPolicy: subsetPolicy }),
        })),
      }),
    );
}

const pod = fc
  .record({ name: label, namespace, address: fc.oneof(ipv4, fc.constant("127.0.9.2")), version })
  .map(({ name, namespace: ns, address, version: text }) =>
    podObject({
      name,
      namespace: ns,
      address,
      serviceAccount: name,
      labels: { app: "any", version: text },
      ports: [8000],
    }),
  );

const ingress = fc
  .record({
    port: fc.integer({ min: 1024, max: 60000 }),
    hosts: fc.subarray(["*", "*.global", "shop/*.example.com", "./*"], { minLength: 1 }),
  })
  .map(({ port, hosts }) =>
    istioObject("Gateway", "ingress", "shop", {
      selector: { istio: "gateway" },
      servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts }],
    }),
  );

function hostsOf(objects: readonly Manifest[]): readonly string[] {
  return objects.flatMap(({ spec }) => (spec as { hosts?: string[] } | undefined)?.hosts ?? []);
}

export const randomMesh: fc.Arbitrary<RandomMesh> = fc
  .record({
    entries: fc.array(serviceEntry, { minLength: 1, maxLength: 8 }),
    services: fc.array(service, { maxLength: 4 }),
    pods: fc.array(pod, { maxLength: 5 }),
    gateways: fc.array(ingress, { maxLength: 1 }),
  })
  .chain(({ entries, services, pods, gateways }) =>
    fc
      .record({
        rules: fc.array(rulesFor(hostsOf(entries)), { maxLength: 4 }),
        network: fc.constantFrom(...networks),
        secrets: fc.constantFrom("ads", "agent"),
        lowest: fc.constantFrom("1", "1024"),
      })
      .map(({ rules, network, secrets, lowest }): RandomMesh => {
        const metadata = { NETWORK: network, SECRETS: secrets, LOWEST_PORT: lowest };
        const workload = pods[0] as
          | { metadata: { name: string; namespace: string }; status: { podIP: string } }
          | undefined;
        return {
          objects: [
            meshConfigMap({}, [
              { name: "east", blocks: ["10.1.0.0/16"], gateways: ["192.0.2.1"] },
              { name: "west", blocks: ["10.2.0.0/16"], gateways: ["192.0.2.3", "192.0.2.4"] },
            ]),
            ...namespaces.map((name) => namespaceObject(name, { injected: true })),
            sniGatewayObject("sni", "istio-system", { istio: "gateway" }),
            ...entries,
            ...services,
            ...pods,
            ...gateways,
            ...rules,
          ],
          proxies: [
            { id: "sidecar~10.9.0.1~client.shop~shop.svc.cluster.local", metadata },
            {
              id: "router~192.0.2.1~gateway.istio-system~istio-system.svc.cluster.local",
              metadata: { ...metadata, NETWORK: "east", LABELS: { istio: "gateway" } },
            },
            ...(workload === undefined
              ? []
              : [
                  {
                    id: `sidecar~${workload.status.podIP}~${workload.metadata.name}.${workload.metadata.namespace}~${workload.metadata.namespace}.svc.cluster.local`,
                    metadata,
                  },
                ]),
          ],
        };
      }),
  );
