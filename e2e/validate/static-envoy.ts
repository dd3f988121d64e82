import { type EnvoyProcess, launchEnvoy } from "@portolan/agent";
import { BootstrapSchema, create, envoyRegistry, type Secret, SecretSchema, toJson } from "@portolan/envoy";
import type { CertificateAuthority } from "@portolan/identity";
import type { Identity } from "@portolan/model";
import { CERTIFICATE_SECRET, dumpStatic, TRUST_SECRET } from "@portolan/xds";
import { findEnvoy } from "../../scripts/envoy.ts";
import type { ViewResources } from "../goldens/resources-of-view.ts";
import type { TemporaryFolder } from "../testing/temporary-folder.ts";

/** An Envoy that serves a view from a file, without a control plane, under an identity. */
export async function startStatic(
  folder: TemporaryFolder,
  name: string,
  resources: ViewResources,
  authority: CertificateAuthority,
  identity: Identity,
): Promise<EnvoyProcess> {
  const { certificateChain, privateKey } = await authority.newCertificate(identity);
  const inline = (text: string) => ({ specifier: { case: "inlineString" as const, value: text } });
  const secrets: Secret[] = [
    create(SecretSchema, {
      name: CERTIFICATE_SECRET,
      type: {
        case: "tlsCertificate",
        value: { certificateChain: inline(certificateChain), privateKey: inline(privateKey.reveal()) },
      },
    }),
    create(SecretSchema, {
      name: TRUST_SECRET,
      type: { case: "validationContext", value: { trustedCa: inline(authority.rootCertificates) } },
    }),
  ];
  const dump = toJson(BootstrapSchema, dumpStatic({ ...resources, secrets }), { registry: envoyRegistry() });
  const admin = { address: { socketAddress: { address: "127.0.0.1", portValue: 0 } } };
  const file = await folder.write(`${name}.json`, JSON.stringify({ admin, ...(dump as object) }));
  const envoy = await launchEnvoy({
    binary: await findEnvoy(),
    bootstrapFile: file,
    logFile: `${folder.path}/${name}.log`,
  });
  await envoy.ready;
  return envoy;
}
