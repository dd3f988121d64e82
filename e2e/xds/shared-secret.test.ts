import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type CertificateAuthority, loadCertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import { type Identity, parseSpiffeId, type Secret } from "@portolan/model";
import { createSnapshotStore, createXdsServer, SECRET, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { call } from "../testing/call.ts";
import { freePort } from "../testing/free-port.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startAdsEnvoy, statsOf } from "./ads-envoy.ts";
import { assignment, edsCluster, httpListener, routeTo, secretCluster } from "./resources.ts";
import { stateOfEnvoy } from "./state-of-envoy.ts";

const view = viewId("v");

function identityOf(account: string): Identity {
  const identity = parseSpiffeId(`spiffe://cluster.local/ns/shop/sa/${account}`);
  if (!identity.ok) throw new Error(identity.error);
  return identity.value;
}

/** A secret that whoever watches it is told when it is given, or at once where it was. */
function lateSecret() {
  const listeners = new Set<(secret: Secret) => void>();
  let given: Secret | undefined;
  return {
    listeners,
    give(secret: Secret) {
      given = secret;
      for (const listener of listeners) listener(secret);
    },
    watch(_identity: Identity, _name: string, listener: (secret: Secret) => void) {
      listeners.add(listener);
      if (given !== undefined) listener(given);
      return () => listeners.delete(listener);
    },
  };
}

/** It talks only with who shows a certificate of that authority, and says whose it was. */
async function startApplication(authority: CertificateAuthority, name: string) {
  const own = await authority.newCertificate(identityOf(name));
  const server = createServer(
    {
      ...{ cert: own.certificateChain, key: own.privateKey.reveal(), ca: authority.rootCertificates },
      ...{ requestCert: true, rejectUnauthorized: true },
    },
    (_request, response) => response.end(name),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    place: { address: "127.0.0.1", port: (server.address() as AddressInfo).port },
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describeWithEnvoy("P-74 two clusters that share one secret", () => {
  test.each([
    ["sotw", "before them"],
    ["sotw", "after them"],
    ["delta", "before them"],
    ["delta", "after them"],
  ] as const)("%s: one answer warms both, where the secret is there %s", async (dialect, when) => {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(await temporaryFolder());
    const { authority } = await loadCertificateAuthority(join(folder.path, "ca"));
    const servers = { identity: identityOf("server"), dnsNames: ["xds.test"] };
    const { certificateChain, privateKey } = await authority.newServerCertificate(servers);
    const client = await authority.newCertificate(identityOf("client"));
    const certs = join(folder.path, "certs");
    await writeWorkloadFiles(certs, client, authority.rootCertificates);
    const secret = lateSecret();
    if (when === "before them") secret.give(client);

    const store = createSnapshotStore();
    const tls = { certificateChain, privateKey, clientAuthorities: authority.rootCertificates };
    const server = parts.use(
      createXdsServer({
        store,
        secrets: secret,
        assign: () => ({ view, identity: identityOf("client") }),
        listen: [{ address: "127.0.0.1", port: 0, tls }],
      }),
    );
    await server.start();
    let told = 0;
    server.onReport((report) => {
      if (report.kind === "push" && report.typeUrl === SECRET) told += report.resources;
    });

    // Envoy has started before the two come: what waits then is a cluster that warms, and not the start.
    const [a, b] = [
      parts.use(await startApplication(authority, "a")),
      parts.use(await startApplication(authority, "b")),
    ];
    const first = [edsCluster("first"), assignment("first", [a.place])];
    store.set(view, first);
    const port = server.addresses[0]?.port ?? 0;
    const envoy = parts.use(await startAdsEnvoy({ folder, name: "shared", port, dialect, certs }));
    await until("Envoy has the first one", async () => (await stateOfEnvoy(envoy)).clusters.has("first"));

    const place = { address: "127.0.0.1", port: await freePort() };
    store.set(view, [
      ...first,
      secretCluster("a", "default"),
      assignment("a", [a.place]),
      secretCluster("b", "default"),
      assignment("b", [b.place]),
      httpListener("l", place, "r"),
      routeTo("r", ["a", "b"], "1"),
    ]);
    if (when === "after them") {
      await until("both wait", async () => (await stateOfEnvoy(envoy)).warming.toSorted().join() === "a,b");
      await until("the secret is asked for", () => secret.listeners.size === 1);
      expect(told).toBe(0);
      secret.give(client);
    }
    await until("both are warm", async () => {
      const { clusters, warming } = await stateOfEnvoy(envoy);
      return clusters.has("a") && clusters.has("b") && warming.length === 0;
    });
    expect((await statsOf(envoy, "warming_clusters")).get("cluster_manager.warming_clusters")).toBe(0);
    await until("the listener is there", async () => (await stateOfEnvoy(envoy)).routes.has("r"));
    for (const [path, body] of [
      ["/0/", "a"],
      ["/", "b"],
    ] as const) {
      expect(
        await until("an answer", async () => {
          const answer = await call(place.address, place.port, "shop", path);
          return "status" in answer && answer;
        }),
      ).toMatchObject({ status: 200, body });
    }
    expect(told).toBe(1);
    const rejected = await statsOf(envoy, "update_rejected");
    expect([...rejected].filter(([, count]) => count > 0)).toEqual([]);
  });
});
