import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { BootstrapSchema, create, envoyRegistry, type Secret, SecretSchema, toJson } from "@portolan/envoy";
import { loadCertificateAuthority } from "@portolan/identity";
import { DEFAULT_TRUST_DOMAIN, type Namespace, type ServiceAccountName } from "@portolan/model";
import { CERTIFICATE_SECRET, dumpStatic, TRUST_SECRET } from "@portolan/xds";
import { findEnvoy } from "../../scripts/envoy.ts";
import type { ViewResources } from "../goldens/resources-of-view.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";

export interface Validator extends AsyncDisposable {
  /** What Envoy says of the configuration as a static file; empty: it is accepted, and nothing in it is deprecated. */
  complaints(resources: ViewResources): Promise<string>;
}

/** `envoy --mode validate` on static dumps, with certificates that are real ones. */
export async function createValidator(): Promise<Validator> {
  const envoy = await findEnvoy();
  const folder = await temporaryFolder();
  const { secrets, files } = await certificates(folder);
  let count = 0;
  return {
    async complaints(resources) {
      const bootstrap = dumpStatic({ ...resources, secrets });
      const json = JSON.stringify(
        toJson(BootstrapSchema, bootstrap, { registry: envoyRegistry() }),
        (key, value: unknown) => (key === "filename" && !existsSync(String(value)) ? files(String(value)) : value),
        1,
      );
      const file = await folder.write(`dump-${count++}.json`, json);
      return run(envoy, ["--mode", "validate", "-l", "warning", "-c", file]);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function run(envoy: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(envoy, args, (error, stdout, stderr) => {
      const said = `${stdout}\n${stderr}`.trim();
      if (error !== null) resolve(said || String(error));
      else
        resolve(
          said
            .split("\n")
            .filter((line) => line.includes("Deprecated field"))
            .join("\n"),
        );
    });
  });
}

/** Also files for what rules name and this machine has not. */
async function certificates(folder: TemporaryFolder): Promise<{ secrets: Secret[]; files: (name: string) => string }> {
  const { authority } = await loadCertificateAuthority(`${folder.path}/ca`);
  const { certificateChain, privateKey } = await authority.newCertificate({
    trustDomain: DEFAULT_TRUST_DOMAIN,
    namespace: "shop" as Namespace,
    serviceAccount: "client" as ServiceAccountName,
  });
  const chain = await folder.write("chain.pem", certificateChain);
  const key = await folder.write("key.pem", privateKey.reveal());
  const roots = await folder.write("roots.pem", authority.rootCertificates);
  const file = (filename: string) => ({ specifier: { case: "filename" as const, value: filename } });
  const secrets = [
    create(SecretSchema, {
      name: CERTIFICATE_SECRET,
      type: { case: "tlsCertificate", value: { certificateChain: file(chain), privateKey: file(key) } },
    }),
    create(SecretSchema, {
      name: TRUST_SECRET,
      type: { case: "validationContext", value: { trustedCa: file(roots) } },
    }),
  ];
  return {
    secrets,
    files: (name) => (name.endsWith("/k.pem") ? key : name.endsWith("/c.pem") ? chain : roots),
  };
}
