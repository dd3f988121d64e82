import { X509Certificate } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { fromBinary, SecretSchema } from "@portolan/envoy";
import { parseSpiffeId, type Secret, SecretText } from "@portolan/model";
import { afterEach, describe, expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { type CertificateWish, createTestAuthority, serverCertificates } from "../testing/certificates.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { resourceOf } from "../testing/resources.ts";
import type { Assign } from "./assign.ts";
import { createXdsServer } from "./create-xds-server.ts";
import { identityOfCertificate, type Peer } from "./peer.ts";
import type { SecretSource } from "./secret-source.ts";

const view = viewId("v");
const spiffe = "spiffe://cluster.local/ns/shop/sa/reviews";
const authority = createTestAuthority();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const assignByIdentity: Assign = (peer) => {
  const identity = peer.transport === "mtls" ? parseSpiffeId(peer.spiffe) : undefined;
  return identity?.ok ? { view, identity: identity.value } : { view };
};

async function serve(secrets?: SecretSource, assign: Assign = assignByIdentity, workers = 0) {
  const store = createSnapshotStore();
  store.set(view, [resourceOf("CDS", "a", "1")]);
  const server = createXdsServer({
    store,
    assign,
    listen: [
      { address: "127.0.0.1", port: 0, tls: serverCertificates(authority) },
      { address: "127.0.0.1", port: 0 },
    ],
    workers,
    ...(secrets === undefined ? {} : { secrets }),
  });
  await server.start();
  cleanups.push(() => server.stop(0));
  const [secure, plain] = server.addresses.map(({ port }) => port);
  return { store, server, secure: secure ?? 0, plain: plain ?? 0 };
}

function connect(port: number, wish: CertificateWish | undefined, issuer = authority, trusted = authority) {
  const client = connectRaw(port, {
    authority: trusted.certificate,
    ...(wish === undefined ? {} : { client: issuer.issue(wish) }),
  });
  cleanups.push(() => client.close());
  return client;
}

const good: CertificateWish = { uris: [spiffe], usages: ["client"] };
const past = { notBefore: new Date(0), notAfter: new Date(1) };
const future = { notBefore: new Date(Date.now() + 3_600_000), notAfter: new Date(Date.now() + 7_200_000) };

test("0.08 a client with a valid certificate is served, by the identity in it", async () => {
  const seen: Peer[] = [];
  const { secure } = await serve(undefined, (peer) => {
    seen.push(peer);
    return { view };
  });
  const stream = connect(secure, good).open("delta");
  stream.send({ type: "CDS", node: "n" });
  expect((await stream.next()).resources).toEqual(["a=1"]);
  expect(seen).toMatchObject([{ transport: "mtls", spiffe }]);
});

describe("0.08 S-01 no byte of configuration for a client", () => {
  const stranger = createTestAuthority("stranger");
  test.each<[string, CertificateWish | undefined, typeof authority?]>([
    ["without a certificate", undefined],
    ["whose certificate is from another authority", good, stranger],
    ["whose certificate is out of date", { ...good, ...past }],
    ["whose certificate is not valid yet", { ...good, ...future }],
    ["whose certificate is an authority's own", { ...good, ca: true }],
    ["whose certificate is for servers only", { ...good, usages: ["server"] }],
    ["that has no identity", { usages: ["client"] }],
    ["that has two identities", { ...good, uris: [spiffe, "spiffe://cluster.local/ns/shop/sa/other"] }],
  ])("%s", async (_what, wish, issuer = authority) => {
    const { secure } = await serve();
    const stream = connect(secure, wish, issuer).open("delta");
    stream.send({ type: "CDS", node: "n" });
    const first = await stream.next().then(
      ({ resources }) => resources,
      ({ code }) => code,
    );
    expect([status.UNAVAILABLE, status.UNAUTHENTICATED]).toContain(first);
  });

  test("that hides a second identity in the first is seen with that very text", async () => {
    const seen: Peer[] = [];
    const { secure } = await serve(undefined, (peer) => {
      seen.push(peer);
      return { refused: { code: "PERMISSION_DENIED", message: "no" } };
    });
    const uri = `${spiffe}, URI:spiffe://a/ns/b/sa/c`;
    const stream = connect(secure, { ...good, uris: [uri] }).open("delta");
    stream.send({ type: "CDS", node: "n" });
    await stream.ended;
    expect(seen).toMatchObject([{ spiffe: uri }]);
    expect(parseSpiffeId(uri).ok).toBe(false);
  });
});

test("S-01 an RSA key of 1024 bits is too short, one of 2048 is not", () => {
  const identity = (rsaBits: number) => {
    const { certificate } = authority.issue({ ...good, rsaBits });
    return identityOfCertificate(new X509Certificate(certificate).raw);
  };
  expect(identity(2048)).toEqual({ ok: true, value: spiffe });
  expect(identity(1024)).toMatchObject({ ok: false, error: expect.stringContaining("RSA") });
});

test("S-01 a certificate for servers alone is nobody's, whatever TLS makes of it", () => {
  const identity = (usages: ("client" | "server")[]) =>
    identityOfCertificate(new X509Certificate(authority.issue({ ...good, usages }).certificate).raw);
  expect(identity(["client", "server"])).toEqual({ ok: true, value: spiffe });
  expect(identity(["server"])).toMatchObject({ ok: false, error: expect.stringContaining("extended key usage") });
});

test.each([0, 1])(
  "certificates are replaced while connections are open: new handshakes use the new ones (workers: %i)",
  async (workers) => {
    const { store, server, secure } = await serve(undefined, assignByIdentity, workers);
    const stream = connect(secure, good).open("delta");
    stream.send({ type: "CDS", node: "n" });
    stream.ack(await stream.next());
    const next = createTestAuthority("next");
    expect(() => server.setCertificates({ ...serverCertificates(next), privateKey: new SecretText("no key") })).toThrow(
      expect.objectContaining({ code: "bad-certificate" }),
    );
    server.setCertificates(serverCertificates(next));
    // Where this was heard of, so were the certificates.
    store.set(view, [resourceOf("CDS", "a", "2")]);
    expect((await stream.next()).resources).toEqual(["a=2"]);
    const renewed = connect(secure, good, next, next).open("delta");
    renewed.send({ type: "CDS", node: "m" });
    expect((await renewed.next()).resources).toEqual(["a=2"]);
    const former = connect(secure, good, authority, next).open("delta");
    former.send({ type: "CDS", node: "m" });
    expect((await former.ended).code).toBe(status.UNAVAILABLE);
  },
);

describe.each([0, 1])("secrets (workers: %i)", (workers) => {
  function source() {
    const watches = new Map<string, (secret: Secret) => void>();
    const secrets: SecretSource = {
      watch({ namespace, serviceAccount }, name, listener) {
        const key = `${namespace}/${serviceAccount}/${name}`;
        watches.set(key, listener);
        return () => watches.delete(key);
      },
    };
    return { secrets, watches };
  }

  function certificate(text: string): Secret {
    return { kind: "certificate", certificateChain: text, privateKey: new SecretText(`${text} key`), notAfterMs: 0 };
  }

  const service = "/envoy.service.secret.v3.SecretDiscoveryService";
  test.each([
    ["sotw", "ADS", undefined],
    ["delta", "ADS", undefined],
    ["sotw", "SDS", `${service}/StreamSecrets`],
    ["delta", "SDS", `${service}/DeltaSecrets`],
  ] as const)("P-06 %s on %s: a peer gets its own, and the renewed ones", async (dialect, _service, path) => {
    const { secrets, watches } = source();
    const { server, secure } = await serve(secrets, assignByIdentity, workers);
    const stream = connect(secure, good).open(dialect, path);
    stream.send({ type: "SDS", node: "n", names: ["default", "ROOTCA"] });
    const asked = () => [...watches.keys()].sort();
    await expect.poll(asked).toEqual(["shop/reviews/ROOTCA", "shop/reviews/default"]);
    watches.get("shop/reviews/default")?.(certificate("first"));
    const first = await stream.next();
    expect(textOf(first.message)).toBe("first key");
    stream.ack(first, dialect === "sotw" ? ["default", "ROOTCA"] : []);
    watches.get("shop/reviews/ROOTCA")?.({ kind: "trust", rootCertificates: "roots" });
    const second = await stream.next();
    expect(textOf(second.message)).toBe("roots");
    stream.ack(second, dialect === "sotw" ? ["default", "ROOTCA"] : []);
    watches.get("shop/reviews/default")?.(certificate("second"));
    expect(textOf((await stream.next()).message)).toBe("second key");
    expect(JSON.stringify(server.connections())).not.toContain("key");
    stream.cancel();
    await expect.poll(asked).toEqual([]);
  });

  test("S-02 never in plaintext, and never for an identity that the channel does not prove", async () => {
    const { secrets, watches } = source();
    const other = parseSpiffeId("spiffe://cluster.local/ns/shop/sa/other");
    const assign: Assign = () => (other.ok ? { view, identity: other.value } : { view });
    const { store, secure, plain } = await serve(secrets, assign, workers);
    store.set(view, [resourceOf("SDS", "default", "of-the-view"), resourceOf("CDS", "a", "1")]);
    const open = connectRaw(plain);
    cleanups.push(() => open.close());
    const stream = open.open("delta");
    stream.send({ type: "SDS", node: "n", names: ["default"] });
    expect(await stream.next()).toMatchObject({ resources: [], removed: ["default"] });
    const proved = connect(secure, good).open("delta");
    proved.send({ type: "CDS", node: "n" });
    await proved.next();
    proved.send({ type: "SDS", names: ["default"] });
    await proved.next();
    expect([...watches.keys()]).toEqual([]);
  });

  function textOf(message: { readonly resources: readonly unknown[] }): string {
    const [resource] = message.resources as [{ resource?: { value: Uint8Array }; value?: Uint8Array }];
    const { type } = fromBinary(SecretSchema, resource.resource?.value ?? resource.value ?? new Uint8Array());
    const source =
      type.case === "tlsCertificate"
        ? type.value.privateKey?.specifier
        : type.case === "validationContext"
          ? type.value.trustedCa?.specifier
          : undefined;
    return String(source?.value);
  }
});
