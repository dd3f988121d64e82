import { CONTROL_PLANE_NAME } from "@portolan/agent";
import { type CertificateAuthority, createRenewingCertificate, nodeBindings } from "@portolan/identity";
import { type IpAddress, parseIpAddress, type SecretText, type TrustDomain } from "@portolan/model";
import { parseIdentity } from "./identity.ts";

export interface ServerCertificates {
  readonly certificateChain: string;
  readonly privateKey: SecretText;
  readonly clientAuthorities: string;
}

export interface RenewedServerCertificate extends Disposable {
  readonly first: ServerCertificates;
  /** Told each certificate that takes the first one's place. */
  onRenewal(listener: (certificates: ServerCertificates) => void): void;
}

/** The control plane's own certificate, for the name that proxies expect and those that it is advertised under; renewed while it runs. */
export async function createServerCertificate(
  authority: CertificateAuthority,
  trustDomain: TrustDomain,
  advertise: readonly string[],
): Promise<RenewedServerCertificate> {
  const addresses = ["127.0.0.1", ...advertise].flatMap((text): IpAddress[] => {
    const parsed = parseIpAddress(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const names = {
    identity: parseIdentity(trustDomain, "istio-system", "istiod"),
    dnsNames: [
      CONTROL_PLANE_NAME,
      "istiod.istio-system",
      "localhost",
      ...advertise.filter((text) => !parseIpAddress(text).ok),
    ],
    addresses: [...new Set(addresses)],
  };
  const renewing = createRenewingCertificate({ ...nodeBindings, issue: () => authority.newServerCertificate(names) });
  const listeners: ((certificates: ServerCertificates) => void)[] = [];
  const { promise, resolve } = Promise.withResolvers<ServerCertificates>();
  const stop = renewing.watch((secret) => {
    const { certificateChain, privateKey } = secret;
    const certificates = { certificateChain, privateKey, clientAuthorities: authority.rootCertificates };
    resolve(certificates);
    for (const listener of listeners) listener(certificates);
  });
  return {
    first: await promise,
    onRenewal: (listener) => listeners.push(listener),
    [Symbol.dispose]: stop,
  };
}
