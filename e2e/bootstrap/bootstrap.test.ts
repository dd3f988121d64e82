import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createSecureServer, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { type BootstrapFlags, launchEnvoy, parseBootstrap, secretFilesBeside, writeBootstrap } from "@portolan/agent";
import { type CertificateAuthority, loadCertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import { type IpAddress, type PortNumber, parseSpiffeId } from "@portolan/model";
import { expect, test } from "vitest";
import { findEnvoy } from "../../scripts/envoy.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";

const machine = { platform: "linux", lowestPort: 1024 as PortNumber, address: "127.0.0.1" as IpAddress };
const web: BootstrapFlags = { role: "sidecar", name: "web-1", namespace: "shop", serviceAccount: "web" };

function identityOf(namespace: string, account: string) {
  const identity = parseSpiffeId(`spiffe://cluster.local/ns/${namespace}/sa/${account}`);
  if (!identity.ok) throw new Error(identity.error);
  return identity.value;
}

async function issue(authority: CertificateAuthority, certs: string): Promise<string> {
  const certificate = await authority.newCertificate(identityOf("shop", "web"));
  await writeWorkloadFiles(certs, certificate, authority.rootCertificates);
  return new X509Certificate(certificate.certificateChain).serialNumber;
}

/** Mutual TLS and HTTP/2 where Envoy looks for the control plane; tells what it was asked and by whom. */
async function listenAsControlPlane(authority: CertificateAuthority, name = "istiod.istio-system.svc") {
  const own = await authority.newServerCertificate({
    identity: identityOf("istio-system", "istiod"),
    dnsNames: [name],
  });
  const server = createSecureServer({
    ...{ cert: own.certificateChain, key: own.privateKey.reveal(), ca: authority.rootCertificates },
    ...{ requestCert: true, rejectUnauthorized: true },
  });
  const sessions = new Set<ServerHttp2Session>();
  const asked: { path: string; authority: string; sni: string; caller: string; serial: string }[] = [];
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const socket = stream.session?.socket as TLSSocket & { servername?: string };
    const certificate = socket.getPeerCertificate();
    asked.push({
      path: String(headers[":path"]),
      authority: String(headers[":authority"]),
      sni: String(socket.servername),
      caller: String(certificate.subjectaltname),
      serial: certificate.serialNumber,
    });
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hangUp = () => {
    for (const session of sessions) session.destroy();
    sessions.clear();
  };
  return {
    place: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hangUp,
    [Symbol.asyncDispose]: async () => {
      server.close();
      hangUp();
    },
  };
}

const variants: Record<string, Partial<BootstrapFlags>> = {
  "the defaults": {},
  "a gateway through another gateway": { role: "gateway", controlPlane: "192.0.2.1:15443", dialect: "sotw" },
  "every flag": {
    ...{
      network: "vm-network",
      cluster: "east",
      labels: "app=web,version=v1",
      inboundPorts: "8888",
      statsPort: "15090",
    },
    controlPlane: "[2001:db8::1]:15012",
  },
  plaintext: { plaintext: true, controlPlane: "127.0.0.1:15010" },
  "certificates that are read once": { secretFiles: undefined },
  "capture mode": { mode: "capture", inboundPorts: "*" },
};

describeWithEnvoy("bootstrap", () => {
  test.each(Object.entries(variants))("3.31 Envoy accepts %s", async (_, flags) => {
    await using folder = await temporaryFolder();
    const certs = join(folder.path, "certs");
    const { authority } = await loadCertificateAuthority(join(folder.path, "ca"));
    await issue(authority, certs);
    const file = join(folder.path, "web.json");
    await writeBootstrap(
      file,
      parseBootstrap({ ...web, certs, secretFiles: secretFilesBeside(file), ...flags }, machine),
    );
    const checked = await promisify(execFile)(await findEnvoy(), [
      "--mode",
      "validate",
      "--log-level",
      "warning",
      "-c",
      file,
    ]);
    expect(checked.stdout).toContain("OK");
    expect(checked.stderr).not.toMatch(/deprecated|unknown field/i);
  });

  test("3.31 Envoy starts, its admin port is on 127.0.0.1 alone, and it asks the control plane over HTTP/2 and mutual TLS", async () => {
    await using folder = await temporaryFolder();
    const certs = join(folder.path, "certs");
    const { authority } = await loadCertificateAuthority(join(folder.path, "ca"));
    await issue(authority, certs);
    await using server = await listenAsControlPlane(authority);
    for (const [dialect, method] of [
      ["delta", "DeltaAggregatedResources"],
      ["sotw", "StreamAggregatedResources"],
    ] as const) {
      const file = join(folder.path, `${dialect}.json`);
      const more = { certs, secretFiles: secretFilesBeside(file), controlPlane: server.place, adminPort: "0", dialect };
      await writeBootstrap(file, parseBootstrap({ ...web, ...more }, machine));
      await using envoy = await launchEnvoy({ binary: await findEnvoy(), bootstrapFile: file });
      const [host = "", port = ""] = (await envoy.ready).split(":");
      expect(host).toBe("127.0.0.1");
      const elsewhere = connect(Number(port), "127.0.0.2");
      const [refused] = (await once(elsewhere, "error", {}).catch(() => [])) as [NodeJS.ErrnoException?];
      expect(refused?.code).toBe("ECONNREFUSED");
      expect((await envoy.admin("/clusters")).body).toContain(`xds-grpc::${server.place}::`);
      const asked = await until("Envoy asks", () => server.asked.at(-1));
      expect(asked).toMatchObject({
        path: `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`,
        authority: "istiod.istio-system.svc",
        sni: "istiod.istio-system.svc",
        caller: "URI:spiffe://cluster.local/ns/shop/sa/web",
      });
      server.asked.length = 0;
    }
  });

  test("renewed files are taken up while Envoy runs", async () => {
    await using folder = await temporaryFolder();
    const certs = join(folder.path, "certs");
    const { authority } = await loadCertificateAuthority(join(folder.path, "ca"));
    const first = await issue(authority, certs);
    await using server = await listenAsControlPlane(authority);
    const file = join(folder.path, "web.json");
    const more = { certs, secretFiles: secretFilesBeside(file), controlPlane: server.place, adminPort: "0" };
    await writeBootstrap(file, parseBootstrap({ ...web, ...more }, machine));
    await using envoy = await launchEnvoy({ binary: await findEnvoy(), bootstrapFile: file });
    await until("Envoy comes with the first certificate", () => server.asked.some(({ serial }) => serial === first));
    const second = await issue(authority, certs);
    expect(second).not.toBe(first);
    await until("Envoy holds the second", async () =>
      (await envoy.admin("/certs")).body.toUpperCase().includes(second.replace(/^0+/, "")),
    );
    server.hangUp();
    await until("Envoy comes with the second certificate", () => server.asked.some(({ serial }) => serial === second));
  });

  test("a control plane of another name or another root is not asked", async () => {
    await using folder = await temporaryFolder();
    const certs = join(folder.path, "certs");
    const { authority } = await loadCertificateAuthority(join(folder.path, "ca"));
    const { authority: other } = await loadCertificateAuthority(join(folder.path, "other"));
    await issue(authority, certs);
    for (const [signer, name] of [
      [other, "istiod.istio-system.svc"],
      [authority, "reviews.shop.svc"],
    ] as const) {
      await using server = await listenAsControlPlane(signer, name);
      const file = join(folder.path, `${name}.json`);
      const more = { certs, secretFiles: secretFilesBeside(file), controlPlane: server.place, adminPort: "0" };
      await writeBootstrap(file, parseBootstrap({ ...web, ...more }, machine));
      await using envoy = await launchEnvoy({ binary: await findEnvoy(), bootstrapFile: file });
      await until("Envoy refuses it", async () =>
        /cluster\.xds-grpc\.ssl\.fail_verify_(error|san): [1-9]/.test((await envoy.admin("/stats")).body),
      );
      expect(server.asked).toEqual([]);
    }
  });

  test("a bootstrap that Envoy refuses ends with Envoy's own words", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.write("bad.json", '{"admin": {"address": 1}}');
    await using envoy = await launchEnvoy({ binary: await findEnvoy(), bootstrapFile: file });
    await expect(envoy.ready).rejects.toMatchObject({
      code: "envoy-failed",
      message: expect.stringContaining("admin.address"),
    });
  });
});
