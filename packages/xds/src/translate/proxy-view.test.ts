import { type Identity, type PortNumber, parseSpiffeId, type TrustDomain } from "@portolan/model";
import { describe, expect, test } from "vitest";
import { type ProxyNode, parseProxyView } from "./proxy-view.ts";

const defaults = { mode: "bind", trustDomain: "cluster.local" as TrustDomain, lowestPort: 1024 as PortNumber } as const;
const id = "sidecar~10.0.0.1~reviews-1.shop~shop.svc.cluster.local";

function node(metadata: ProxyNode["metadata"] = {}, of = id): ProxyNode {
  return { id: of, cluster: "c", metadata, locality: "eu/a" };
}

function identity(uri: string): Identity {
  const parsed = parseSpiffeId(uri);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe("parseProxyView", () => {
  test("reads the node id, the metadata that bootstraps write, and fills in defaults", () => {
    const metadata = {
      NAMESPACE: "shop",
      SERVICE_ACCOUNT: "reviews",
      LABELS: { app: "reviews", odd: 7 },
      NETWORK: "east",
      CLUSTER_ID: "one",
      INBOUND_PORTS: "9999, 8888,8888",
      LOWEST_PORT: "80",
      MODE: "capture",
      SECRETS: "agent",
    };
    const view = parseProxyView(node(metadata), identity("spiffe://cluster.local/ns/shop/sa/reviews"), defaults);
    expect(view).toMatchObject({
      ok: true,
      value: {
        role: "sidecar",
        name: "reviews-1",
        address: "10.0.0.1",
        network: "east",
        cluster: "one",
        locality: "eu/a",
        mode: "capture",
        labels: new Map([["app", "reviews"]]),
        capabilities: { lowestPort: 80, inboundPorts: [8888, 9999], secrets: "agent" },
      },
    });
    expect(parseProxyView(node(), undefined, defaults)).toMatchObject({
      ok: true,
      value: {
        network: "",
        cluster: "c",
        mode: "bind",
        identity: { trustDomain: "cluster.local", namespace: "shop", serviceAccount: "default" },
        capabilities: { lowestPort: 1024, inboundPorts: "*", secrets: "ads" },
      },
    });
  });

  test.each([
    ["", []],
    ["*", "*"],
    [undefined, "*"],
    ["8888", [8888]],
  ])("INBOUND_PORTS %o", (text, ports) => {
    const view = parseProxyView(node(text === undefined ? {} : { INBOUND_PORTS: text }), undefined, defaults);
    expect(view).toMatchObject({ ok: true, value: { capabilities: { inboundPorts: ports } } });
  });

  test("0 as LOWEST_PORT means that every port may be bound", () => {
    const view = parseProxyView(node({ LOWEST_PORT: "0" }), undefined, defaults);
    expect(view).toMatchObject({ ok: true, value: { capabilities: { lowestPort: 1 } } });
  });

  test("0.04 another namespace or account than the certificate's is refused, naming both", () => {
    const certificate = identity("spiffe://cluster.local/ns/films/sa/reviews");
    const refused = parseProxyView(node(), certificate, defaults);
    expect(refused).toEqual({ ok: false, error: 'the node says namespace "shop", its certificate says "films"' });
    const account = parseProxyView(
      node({ SERVICE_ACCOUNT: "admin" }),
      identity("spiffe://cluster.local/ns/shop/sa/reviews"),
      defaults,
    );
    expect(account).toEqual({
      ok: false,
      error: 'the node says service account "admin", its certificate says "reviews"',
    });
  });

  test("the certificate's account counts where the node names none", () => {
    const certificate = identity("spiffe://other.domain/ns/shop/sa/reviews");
    expect(parseProxyView(node(), certificate, defaults)).toMatchObject({ ok: true, value: { identity: certificate } });
  });

  test.each([
    ["a node id that is none", node({}, "x")],
    ["another namespace in the metadata than in the id", node({ NAMESPACE: "films" })],
    ["a network that is no name", node({ NETWORK: "a b" })],
    ["an unknown mode", node({ MODE: "magic" })],
    ["a port that is none", node({ INBOUND_PORTS: "80,x" })],
    ["a port out of range", node({ LOWEST_PORT: "70000" })],
    ["an unknown source of secrets", node({ SECRETS: "file" })],
  ])("%s is refused with a reason", (_what, of) => {
    const refused = parseProxyView(of, undefined, defaults);
    expect(refused.ok).toBe(false);
    expect(refused.ok ? "" : refused.error).not.toBe("");
  });

  test("text of the peer is made printable in the reason", () => {
    const refused = parseProxyView(node({ MODE: "\u001b[31m" }), undefined, defaults);
    expect(refused.ok ? "" : refused.error).toContain("\\u001b[31m");
  });
});
