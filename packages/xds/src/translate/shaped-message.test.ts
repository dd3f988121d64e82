import { ClusterSchema, create } from "@portolan/envoy";
import type { DestinationRuleObject, Hostname, IpAddress, PortNumber, Protocol, Subset } from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeResource, type ResourceMessage } from "../resource/encoded-resource.ts";
import type { EncodedMessage } from "./encoded-message.ts";
import { createMemo, type MemoRequest } from "./memo.ts";
import { shapedCluster, translateOutboundCluster } from "./outbound-cluster.ts";
import { shapedOutbound, translateOutboundListener } from "./outbound-listener.ts";
import { translateOutboundRoute } from "./outbound-route.ts";
import { createShapedEncoder, type ShapedMessage } from "./shaped-message.ts";

const port = fc.constantFrom(1, 80, 8000, 65_535).map((number) => number as PortNumber);
const protocol = fc.constantFrom<Protocol>("HTTP", "GRPC", "TLS", "TCP");
// Long enough that lengths take one byte, two, and three.
const label = fc.constantFrom("a", "reviews", "ü", "x".repeat(40), "y".repeat(130), "z".repeat(20_000));
const hostname = fc
  .tuple(label, fc.constantFrom("shop.global", "example", ""))
  .map((parts) => parts.join(".") as Hostname);

const connectionPool = fc.record({
  maxConnections: fc.option(fc.nat(300), { nil: undefined }),
  connectTimeoutMs: fc.option(fc.nat(3000), { nil: undefined }),
  http1MaxPendingRequests: fc.constant(undefined),
  http2MaxRequests: fc.option(fc.nat(300), { nil: undefined }),
  maxRequestsPerConnection: fc.option(fc.nat(9), { nil: undefined }),
  maxRetries: fc.constant(undefined),
  idleTimeoutMs: fc.option(fc.nat(3000), { nil: undefined }),
  h2Upgrade: fc.boolean(),
});
const tls = fc.constantFrom<Parameters<typeof ruleOf>[0]["tls"]>(
  undefined,
  { mode: "DISABLE" },
  { mode: "ISTIO_MUTUAL", sni: undefined },
  { mode: "ISTIO_MUTUAL", sni: "given.example" },
);
const policy = fc.record({ tls, connectionPool: fc.option(connectionPool, { nil: undefined }) });
const name = fc.oneof(
  label,
  label.map((one) => `spiffe://cluster.local/ns/shop/sa/${one}`),
  fc.constantFrom("spiffe://", "", "https://shop.example/a", "spiffe://a/b://c"),
);
const peer = fc.oneof(
  fc.array(name, { maxLength: 20 }).map((names) => ({ kind: "exact" as const, names })),
  name.map((uri) => ({ kind: "prefix" as const, uri })),
);
const clusterInput = fc
  .record({
    service: fc.record({
      hostname,
      location: fc.constantFrom("MESH_INTERNAL" as const, "MESH_EXTERNAL" as const),
      externalName: fc.constantFrom(undefined, "other.example" as Hostname),
    }),
    port: fc.record({ number: port, protocol }),
    subset: fc.option(fc.record({ name: label.map((one) => one as Subset["name"]), policy }), { nil: undefined }),
    rule: fc.option(policy, { nil: undefined }),
    discovery: fc.constantFrom(
      { kind: "eds" as const },
      {
        kind: "dns" as const,
        addresses: [{ address: "a.example", port: 1, meshTls: false, weight: 1, locality: "", healthy: true }],
      },
    ),
    peer,
    secrets: fc.constantFrom("ads" as const, "agent" as const),
  })
  .map((input) => ({
    ...input,
    rule: input.rule && ruleOf(input.rule),
    subset: input.subset && { ...input.subset, labels: new Map() },
  }));

function ruleOf(one: DestinationRuleObject["policy"]): DestinationRuleObject {
  return { policy: one, portPolicies: new Map(), subsets: [] } as unknown as DestinationRuleObject;
}

const outbound = fc
  .record({
    address: fc.oneof(fc.ipV4(), fc.ipV6()).map((one) => one as IpAddress),
    port,
    family: fc.constantFrom("http" as const, "tls" as const, "tcp" as const),
    hosts: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }),
  })
  .map(({ address, port: number, family, hosts }) => ({
    address,
    port: number,
    share: { family, carried: hosts.map((host) => ({ service: { hostname: host }, port: { number } })) },
  }));

/** What a memo that knows shapes from other resources makes of it. */
function expectSame(
  translated: () => MemoRequest["translate"],
  message: ResourceMessage,
  run: ReturnType<typeof warm>,
) {
  const entry = run.get({ kind: "cluster", key: `${keys++}`, inputs: [], origins: [], translate: translated() });
  const expected = encodeResource(message, hash);
  expect(entry!.resource).toMatchObject({ claims: [], ...expected, body: expect.anything() });
  expect(Buffer.compare(entry!.resource.body, expected.body)).toBe(0);
}
let keys = 0;

const hash = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function warm() {
  return createMemo(hash);
}

test("a cluster's bytes, references and version are those of its message, whatever it is made from", () => {
  const memo = warm();
  fc.assert(
    fc.property(clusterInput, (input) => {
      expectSame(() => () => shapedCluster(input), translateOutboundCluster(input), memo);
    }),
    { numRuns: 1500 },
  );
});

test("a listener's and its routes' bytes, references and claims are those of their messages", () => {
  const memo = warm();
  fc.assert(
    fc.property(outbound, (input) => {
      const listener = () => shapedOutbound("listener", input, translateOutboundListener);
      expectSame(() => listener, translateOutboundListener(input), memo);
      const routes = () => shapedOutbound("route", input, translateOutboundRoute);
      expectSame(() => routes, translateOutboundRoute(input), memo);
    }),
    { numRuns: 1000 },
  );
});

test("a message is built once a shape", () => {
  const encode = createShapedEncoder();
  let built = 0;
  const shaped = (shape: string, ...texts: readonly string[]): EncodedMessage | ResourceMessage =>
    encode({
      kind: "shaped",
      shape,
      texts,
      translate([text = ""]) {
        built++;
        return create(ClusterSchema, { name: `outbound|${text}` });
      },
    } satisfies ShapedMessage);
  expect(["a", "b", "c"].map((text) => shaped("one", text))).toMatchObject([
    { kind: "encoded", name: { name: "outbound|a" } },
    { kind: "encoded", name: { name: "outbound|b" } },
    { kind: "encoded", name: { name: "outbound|c" } },
  ]);
  expect(built).toBe(1);
  expect(shaped("other", "a")).toMatchObject({ kind: "encoded" });
  expect(built).toBe(2);
  // An empty text would leave its field out.
  expect(shaped("one", "")).toMatchObject({ name: "outbound|" });
});
