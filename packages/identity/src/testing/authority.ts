import { type Identity, parseSpiffeId } from "@portolan/model";
import { type CertificateAuthority, createCertificateAuthority } from "../authority/authority.ts";
import { createRoot } from "../authority/root.ts";
import { importKey } from "../store/import-key.ts";
import { nodeBindings } from "../store/node.ts";

export const HOUR_MS = 60 * 60 * 1000;

export function identityOf(namespace: string, account: string): Identity {
  const identity = parseSpiffeId(`spiffe://cluster.local/ns/${namespace}/sa/${account}`);
  if (!identity.ok) throw new Error(identity.error);
  return identity.value;
}

export interface TestAuthority {
  readonly now?: () => number;
  readonly maxTtlMs?: number;
  /** When the root was made; default `now()`. */
  readonly madeMs?: number;
  readonly lifetimeMs?: number;
}

/** A root that signs by itself, kept in memory. */
export async function testAuthority(options: TestAuthority = {}): Promise<CertificateAuthority> {
  const { now = Date.now, maxTtlMs, lifetimeMs } = options;
  const { crypto } = nodeBindings;
  const root = await createRoot({
    crypto,
    nowMs: options.madeMs ?? now(),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
  });
  const file = (name: string, text: string) => ({ name, text });
  return createCertificateAuthority({
    files: {
      authority: file("ca-cert.pem", root.caCert),
      chain: file("cert-chain.pem", root.certChain),
      roots: file("root-cert.pem", root.rootCert),
    },
    signingKey: await importKey("ca-key.pem", root.caKey.reveal(), crypto),
    crypto,
    now,
    ...(maxTtlMs === undefined ? {} : { maxTtlMs }),
  });
}
