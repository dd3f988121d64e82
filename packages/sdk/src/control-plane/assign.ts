import { type Identity, type MeshSettings, type PortNumber, parseSpiffeId } from "@portolan/model";
import { type Assign, type MeshTranslation, parseProxyView } from "@portolan/xds";
import type { ConnectedProxies } from "./connected-proxies.ts";

export interface AssignOptions {
  readonly settings: () => MeshSettings;
  /** The lowest port of a proxy that does not say. */
  readonly lowestPort: PortNumber;
  /** Undefined while the server starts. */
  readonly translation: () => MeshTranslation | undefined;
  readonly proxies: ConnectedProxies;
  /** Has the latest translated: a proxy that comes after a write was answered sees what was written. */
  readonly catchUp: () => void;
}

/** Decides what a stream's client may see: its certificate proves who it is, and its node may only narrow that. */
export function createAssign(options: AssignOptions): Assign {
  return (peer, node) => {
    const identity = peer.transport === "mtls" ? parseSpiffeId(peer.spiffe) : undefined;
    if (identity?.ok === false) return refused(identity.error);
    const settings = options.settings();
    const proved = identity?.value;
    if (proved !== undefined && proved.trustDomain !== settings.trustDomain) {
      return refused(
        `the certificate is of trust domain "${proved.trustDomain}", this mesh is "${settings.trustDomain}"`,
      );
    }
    const parsed = parseProxyView(node, proved, { ...settings, lowestPort: options.lowestPort });
    if (!parsed.ok) return refused(parsed.error);
    const translation = options.translation();
    if (translation === undefined) return { refused: { code: "UNAVAILABLE", message: "the server is starting" } };
    options.catchUp();
    const view = translation.viewFor(parsed.value);
    const forget = options.proxies.add(view, parsed.value);
    const release = () => {
      forget();
      translation.release(view);
    };
    return { view, release, ...identityOf(proved) };
  };
}

function refused(message: string) {
  return { refused: { code: "PERMISSION_DENIED", message } } as const;
}

function identityOf(identity: Identity | undefined) {
  return identity === undefined ? {} : { identity };
}
