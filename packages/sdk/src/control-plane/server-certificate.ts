import { CONTROL_PLANE_NAME } from "@portolan/agent";
import {
  type CertificateAuthority,
  type CertificateSecret,
  createRenewingCertificate,
  nodeBindings,
} from "@portolan/identity";
import {
  type IpAddress,
  parseHostname,
  parseIpAddress,
  printable,
  type SecretText,
  type TrustDomain,
} from "@portolan/model";
import { SdkError } from "../error.ts";
import type { ListenAddress } from "../listen-address.ts";
import { parseIdentity } from "./identity.ts";
import { warn } from "./warnings.ts";

export interface ServerCertificates {
  readonly certificateChain: string;
  readonly privateKey: SecretText;
  readonly clientAuthorities: string;
}

export interface RenewedServerCertificate extends Disposable {
  readonly first: ServerCertificates;
  /** Told each certificate that takes the first one's place. */
  onRenewal(listener: (certificates: ServerCertificates) => void): void;
  /** Issues one now, by the authority as it is now. */
  renew(): Promise<void>;
}

export interface ServerCertificateOptions {
  readonly authority: CertificateAuthority;
  readonly trustDomain: TrustDomain;
  readonly listen: ListenAddress;
  /** Further names and addresses of this server. */
  readonly advertise: readonly string[];
}

/**
 * The control plane's own certificate, for the name that proxies expect and those that it is advertised under; renewed while it runs.
 *
 * @throws SdkError `usage` where a name to advertise is none; IdentityError where the first certificate cannot be issued
 */
export async function createServerCertificate(options: ServerCertificateOptions): Promise<RenewedServerCertificate> {
  const { authority } = options;
  const names = { identity: parseIdentity(options.trustDomain, "istio-system", "istiod"), ...advertised(options) };
  const listeners: ((certificates: ServerCertificates) => void)[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<ServerCertificates>();
  let issued = false;
  const renewing = createRenewingCertificate({
    ...nodeBindings,
    issue: () => authority.newServerCertificate(names),
    onFailure: (error) => {
      const reason = printable(error instanceof Error ? error.message : String(error), 300);
      if (issued) warn(`the server's certificate could not be renewed and is tried again: ${reason}`);
      else reject(error);
    },
  });
  const tell = ({ certificateChain, privateKey }: CertificateSecret) => {
    issued = true;
    const certificates = { certificateChain, privateKey, clientAuthorities: authority.rootCertificates };
    resolve(certificates);
    for (const listener of listeners) listener(certificates);
  };
  const stop = renewing.watch(tell);
  try {
    return {
      first: await promise,
      onRenewal: (listener) => listeners.push(listener),
      renew: async () => tell(await authority.newServerCertificate(names)),
      [Symbol.dispose]: stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

function advertised({ listen, advertise }: ServerCertificateOptions) {
  const everywhere = listen.address === "0.0.0.0" || listen.address === "::";
  const addresses = new Set<IpAddress>(["127.0.0.1" as IpAddress, ...(everywhere ? [] : [listen.address])]);
  const dnsNames = new Set<string>([CONTROL_PLANE_NAME, "istiod.istio-system", "localhost"]);
  for (const text of advertise) {
    const address = parseIpAddress(text);
    const hostname = parseHostname(text);
    if (address.ok) addresses.add(address.value);
    else if (hostname.ok) dnsNames.add(hostname.value);
    else
      throw new SdkError(
        "usage",
        `--advertise "${printable(text)}" is neither an IP address nor a host name (RFC 1123)`,
      );
  }
  return { dnsNames: [...dnsNames], addresses: [...addresses] };
}
