import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ClientStatusRequestSchema, ClientStatusResponseSchema, create, fromBinary, toBinary } from "@portolan/envoy";
import { expect, onTestFinished, test } from "vitest";
import { parseListenAddress } from "../listen-address.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { createControlPlane } from "./control-plane.ts";
import { parseIdentity } from "./identity.ts";
import { issueFiles } from "./issue-files.ts";

/** The status of an unasked-for look at all proxies. */
function askForStatus(target: string, tls = credentials.createInsecure()): Promise<number> {
  const name = "istiod.istio-system.svc";
  const client = new Client(target, tls, { "grpc.ssl_target_name_override": name, "grpc.default_authority": name });
  onTestFinished(() => client.close());
  return new Promise((resolve) =>
    client.makeUnaryRequest(
      "/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus",
      () => Buffer.from(toBinary(ClientStatusRequestSchema, create(ClientStatusRequestSchema))),
      (bytes: Buffer) => fromBinary(ClientStatusResponseSchema, bytes),
      undefined,
      (error: ServiceError | null) => resolve(error?.code ?? status.OK),
    ),
  );
}

test("CSDS shows all proxies: to this machine and to the control plane's own namespace, and to no workload", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const xdsPlaintext = parseListenAddress("127.0.0.1:0", "test");
  await using mesh = await createControlPlane({ dns: undefined, admin: undefined, data, xdsPlaintext });
  const as = async (namespace: string, account: string) => {
    const certs = join(data, `${namespace}-${account}`);
    await issueFiles(join(data, "ca"), parseIdentity(mesh.snapshot.settings.trustDomain, namespace, account), certs);
    const [root, key, chain] = await Promise.all(
      ["root-cert.pem", "key.pem", "cert-chain.pem"].map((file) => readFile(join(certs, file))),
    );
    return credentials.createSsl(root ?? null, key ?? null, chain ?? null);
  };
  const { xds = "", xdsPlaintext: open = "" } = mesh.listening;
  expect(await askForStatus(open)).toBe(status.OK);
  expect(await askForStatus(xds, await as("istio-system", "operator"))).toBe(status.OK);
  expect(await askForStatus(xds, await as("shop", "till"))).toBe(status.PERMISSION_DENIED);
  // A name that only looks like it.
  expect(await askForStatus(xds, await as("istio-system2", "operator"))).toBe(status.PERMISSION_DENIED);
});
