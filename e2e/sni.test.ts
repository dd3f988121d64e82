import { join } from "node:path";
import { expect, test } from "vitest";
import { allSynced, startProxy } from "./testing/envoy.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import {
  istioObject,
  type Manifest,
  meshConfigMap,
  namespaceObject,
  podObject,
  serviceObject,
  sidecarObject,
  sniGatewayObject,
  yamlOf,
} from "./testing/objects.ts";
import { createRandom, type Random } from "./testing/random.ts";
import { startServer } from "./testing/server.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { probeTls, type TlsOutcome } from "./testing/tls-probe.ts";
import { until } from "./testing/until.ts";

const GATEWAY = "127.78.1.1";
const seed = Number(process.env.PORTOLAN_SEED ?? 20_260_101);

/** A Service, and a Pod at each address. */
function served(
  name: string,
  ports: readonly number[],
  addresses: readonly string[],
  labels: Record<string, string> = {},
): Manifest[] {
  const named = ports.map((port) => ({
    name: port % 2 === 0 ? `http-${port}` : `tcp-${port}`,
    port,
    targetPort: port,
  }));
  return [
    serviceObject({ name, namespace: "shop", selector: { app: name }, ports: named }),
    ...addresses.map((address, index) =>
      podObject({
        ...{ name: `${name}-${index + 1}`, namespace: "shop", serviceAccount: name, address, ports },
        labels: { app: name, version: `v${index + 1}`, ...labels },
      }),
    ),
  ];
}

function exposed(name: string, ports: readonly number[], more: Manifest = {}): Manifest {
  return istioObject("ServiceEntry", `${name}-global`, "shop", {
    hosts: [`${name}.shop.global`],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    ports: ports.map((number) => ({ name: `http-${number}`, number, protocol: "HTTP" })),
    endpoints: [{ address: GATEWAY, ports: Object.fromEntries(ports.map((number) => [`http-${number}`, 15443])) }],
    ...more,
  });
}

const objects: readonly Manifest[] = [
  meshConfigMap({}, [
    { name: "near", blocks: ["127.78.1.0/24"], gateways: [GATEWAY] },
    { name: "far", blocks: ["127.78.2.0/24"], gateways: ["127.78.2.1"] },
  ]),
  namespaceObject("edge"),
  namespaceObject("shop", { injected: true }),
  sniGatewayObject("sni", "edge", { edge: "sni" }),
  sidecarObject("shop", []),
  ...served("stock", [8000], ["127.78.1.11", "127.78.1.12"]),
  istioObject("DestinationRule", "stock", "shop", {
    host: "stock.shop.svc.cluster.local",
    subsets: ["v1", "v2", "v3"].map((version) => ({ name: version, labels: { version } })),
  }),
  exposed("stock", [8000]),
  ...served("till", [9001, 9002], ["127.78.1.21"]),
  exposed("till", [9002]),
  // What leads nowhere at this gateway: no Envoy, another network, no endpoint, not exported, no Service behind it.
  ...served("plain", [8100], ["127.78.1.31"], { "sidecar.istio.io/inject": "false" }),
  exposed("plain", [8100]),
  ...served("distant", [8200], ["127.78.2.11"]),
  exposed("distant", [8200]),
  ...served("empty", [8300], []),
  exposed("hidden", [8400], { exportTo: ["."] }),
  ...served("hidden", [8400], []),
  exposed("bodiless", [8500]),
];

const names = ["stock", "till", "plain", "distant", "empty", "hidden", "bodiless", "nobody"];
const ports = [8000, 9001, 9002, 8100, 8200, 8300, 8400, 8500, 1, 443, 65535, 65536, "08000", ""];
const suffixes = [
  "shop.svc.cluster.local",
  "shop.global",
  "shop.global",
  "edge.global",
  "shop.svc.cluster.example",
  "shop.local",
  "shop",
];

/** An SNI: often one that is good, else one that differs from a good one in some way. */
function drawSni(random: Random): string {
  const good = random.chance(0.65);
  const name = good ? random.pick(["stock", "till", "stock"]) : random.pick(names);
  const port = good ? (name === "stock" ? 8000 : random.pick([9001, 9002])) : random.pick(ports);
  const subset = random.pick(["", "", "", "", "", "v1", "v2", "v3", "v4", "V1", "-"]);
  const suffix = random.pick(good ? suffixes.slice(0, 2) : suffixes);
  const sni = `outbound_.${port}_.${subset === "" ? "_" : `${subset}_`}.${name}.${suffix}`;
  switch (random.integer(0, 13)) {
    case 0:
      return random.chance(0.3) ? "" : sni.toUpperCase();
    case 1:
      return [...sni].map((letter) => (random.chance(0.5) ? letter.toUpperCase() : letter)).join("");
    case 2:
      return `${sni}.`;
    case 3:
      return mutate(random, sni);
    case 4:
      return mutate(random, mutate(random, sni));
    case 5:
      return random.pick([
        sni.replace("outbound_", "inbound_"),
        sni.slice(9),
        `a.${sni}`,
        `${name}.${suffix}`,
        "www.example.com",
      ]);
    case 6:
      return random.pick([
        "istiod.istio-system.svc",
        "ISTIOD.istio-system.svc",
        "a.istiod.istio-system.svc",
        "istiod.istio-system",
      ]);
    default:
      return sni;
  }
}

function mutate(random: Random, sni: string): string {
  const at = random.integer(0, sni.length - 1);
  const letter = random.pick([..."abcxyz0189._-*"]);
  const rest = sni.slice(at + 1);
  return sni.slice(0, at) + random.pick([letter + rest, letter + sni.slice(at), rest]);
}

type Route =
  | { readonly kind: "forward"; readonly endpoints: readonly { readonly identity: string }[] }
  | { readonly kind: "control-plane" }
  | { readonly kind: "closed"; readonly reason: string };

/** What differs between what the model says and what the gateway did; undefined where they agree. */
function disagreement(route: Route, met: TlsOutcome): string | undefined {
  const seen =
    met.kind === "closed" ? `closed (${met.reason})` : `the certificate of ${[...met.uris, ...met.names].join()}`;
  if (route.kind === "closed") return met.kind === "closed" ? undefined : `closed (${route.reason}), and met ${seen}`;
  if (met.kind === "closed") return `${route.kind}, and was ${seen}`;
  if (route.kind === "control-plane")
    return met.names.includes("istiod.istio-system.svc") ? undefined : `control plane, and met ${seen}`;
  const expected = new Set(route.endpoints.map((endpoint) => endpoint.identity));
  return met.uris.some((uri) => expected.has(uri)) ? undefined : `${[...expected].join()}, and met ${seen}`;
}

describeWithEnvoy("the SNI gateway", () => {
  test("0.42 0.44 0.53 the routing model and a real gateway agree on 500 random SNIs", async () => {
    await using folder = await temporaryFolder();
    await folder.write("mesh/mesh.yaml", yamlOf(objects));
    await using server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
    await using scene = new AsyncDisposableStack();
    const start = async (options: {
      name: string;
      account: string;
      address: string;
      role?: "gateway";
      namespace?: string;
    }) =>
      scene.use(
        await startProxy(server, folder.path, {
          ...{ role: "sidecar", namespace: "shop", network: "near", inboundPorts: "*", ...options },
          serviceAccount: options.account,
          ...(options.role === "gateway" ? { labels: "edge=sni" } : {}),
        }),
      );
    const proxies = [
      await start({ name: "gateway", account: "edge", address: GATEWAY, role: "gateway", namespace: "edge" }),
      await start({ name: "stock-1", account: "stock", address: "127.78.1.11" }),
      await start({ name: "stock-2", account: "stock", address: "127.78.1.12" }),
      await start({ name: "till-1", account: "till", address: "127.78.1.21" }),
    ];
    await allSynced(server, proxies);
    for (const good of ["outbound_.8000_.v2_.stock.shop.svc.cluster.local", "outbound_.9002_._.till.shop.global"]) {
      await until(`${good} is open`, async () => (await probeTls(GATEWAY, 15443, good)).kind === "certificate");
    }

    const random = createRandom(seed);
    const snis = Array.from({ length: 500 }, () => drawSni(random));
    const kinds = new Map<string, number>();
    const wrong: string[] = [];
    const check = async (sni: string) => {
      const query = new URLSearchParams({ sni, network: "near" });
      const [route, met] = await Promise.all([
        server.json<Route>(`/api/v1/routes/sni?${query}`),
        probeTls(GATEWAY, 15443, sni),
      ]);
      const kind = route.kind === "closed" ? route.reason : route.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const different = disagreement(route, met);
      if (different !== undefined) wrong.push(`"${sni}": the model says ${different}`);
    };
    for (let at = 0; at < snis.length; at += 10) await Promise.all(snis.slice(at, at + 10).map(check));
    expect(wrong, `PORTOLAN_SEED=${seed} repeats it`).toEqual([]);

    // A draw of one kind only would prove little.
    expect(kinds.get("forward")).toBeGreaterThan(100);
    expect(kinds.get("control-plane")).toBeGreaterThan(0);
    const reasons = [
      "no-sni",
      "not-of-the-form",
      "unknown-host",
      "port-not-declared",
      "unknown-subset",
      "no-endpoint-in-network",
    ];
    for (const reason of reasons) expect(kinds.get(reason), `${reason} of ${[...kinds]}`).toBeGreaterThan(0);
  });
});
