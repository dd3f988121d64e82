import { type Identity, type MeshSettings, type PortNumber, parseSpiffeId } from "@portolan/model";
import {
  type Assign,
  type Assignment,
  CLUSTER_LOAD_ASSIGNMENT,
  type MeshTranslation,
  parseProxyView,
} from "@portolan/xds";
import type { ConnectedProxies } from "./connected-proxies.ts";

export interface AssignOptions {
  readonly settings: () => MeshSettings;
  /** The lowest port of a proxy that does not say. */
  readonly lowestPort: PortNumber;
  /** Undefined while the server starts. */
  readonly translation: () => MeshTranslation | undefined;
  readonly proxies: ConnectedProxies;
  /** Resolves when the latest is translated; undefined where it is: a proxy that comes after a write was answered sees what was written. */
  readonly caughtUp: () => Promise<void> | undefined;
}

/** Decides what a stream's client may see: its certificate proves who it is, and its node may only narrow that. */
export function createAssign(options: AssignOptions): Assign {
  const decide: (...given: Parameters<Assign>) => Assignment = (peer, node, asked) => {
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
    const proxy = parsed.value;
    const endpoints = asked === CLUSTER_LOAD_ASSIGNMENT ? translation.endpointsViewFor(proxy) : undefined;
    const view = endpoints ?? translation.viewFor(proxy);
    const forget = options.proxies.add(view, proxy);
    const release = () => {
      forget();
      translation.release(view);
    };
    const types = endpoints === undefined ? {} : { types: ENDPOINTS_ALONE };
    return { view, ...types, release, ...identityOf(proved) };
  };
  let waiting = 0;
  return (...applicant) => {
    const caughtUp = waiting < MOST_WAITING ? options.caughtUp() : undefined;
    if (caughtUp === undefined) return decide(...applicant);
    waiting++;
    return caughtUp.then(() => {
      waiting--;
      return decide(...applicant);
    });
  };
}

const ENDPOINTS_ALONE = [CLUSTER_LOAD_ASSIGNMENT];

/** Where more come at once, a fleet reconnects: that is not to be held up, and what it does not see yet it is told of within 100 ms. */
const MOST_WAITING = 8;

function refused(message: string) {
  return { refused: { code: "PERMISSION_DENIED", message } } as const;
}

function identityOf(identity: Identity | undefined) {
  return identity === undefined ? {} : { identity };
}
