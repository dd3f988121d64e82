import { probeLowestPort } from "@portolan/agent";
import { createSecretSource, loadCertificateAuthority, nodeBindings } from "@portolan/identity";
import { type Identity, type IpAddress, type Problem, type ProxyView, parseSpiffeId } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import {
  type Assign,
  createMeshTranslation,
  createSnapshotStore,
  createXdsServer,
  type MeshTranslation,
  parseProxyView,
  sha256Version,
  type TranslationCounts,
  type XdsConnection,
  XdsError,
  type XdsListener,
  type XdsServer,
} from "@portolan/xds";
import { listenFailure } from "../admin/server.ts";
import type { ListenAddress } from "../listen-address.ts";
import { createServerCertificate } from "./server-certificate.ts";

export interface XdsOptions {
  readonly registry: Registry;
  /** Directory of the certificate authority. */
  readonly authority: string;
  readonly listen: ListenAddress;
  readonly plaintext: ListenAddress | undefined;
  readonly advertise: readonly string[];
}

export interface XdsPart extends AsyncDisposable {
  readonly address: ListenAddress;
  readonly plaintext: ListenAddress | undefined;
  readonly warnings: readonly string[];
  connections(): readonly ConnectedProxy[];
  /** Node ids of connected proxies that have not acknowledged all of a revision. */
  behind(revision: number): readonly string[];
  /** Resolves at the next thing that happens on a stream, at the latest after that time. */
  nextReport(timeoutMs: number): Promise<void>;
  counts(): TranslationCounts;
}

export interface ConnectedProxy {
  readonly connection: XdsConnection;
  readonly proxy: ProxyView;
  /** What it does not get, and why. */
  readonly problems: readonly Problem[];
}

/** The authority, the translation of the mesh, and the xDS server that serves it. */
export async function startXds(options: XdsOptions): Promise<XdsPart> {
  const { registry, listen, plaintext } = options;
  const { authority, warnings } = await loadCertificateAuthority(options.authority);
  const { trustDomain } = registry.snapshot.settings;
  using parts = new DisposableStack();
  const certificate = parts.use(await createServerCertificate(authority, trustDomain, options.advertise));
  const store = createSnapshotStore();
  // Made when the port is known: gateways are told where the control plane is.
  let translation: MeshTranslation | undefined;
  const proxies = new Map<string, ProxyView>();

  const assign: Assign = (peer, node) => {
    const identity = peer.transport === "mtls" ? parseSpiffeId(peer.spiffe) : undefined;
    if (identity?.ok === false) return { refused: { code: "PERMISSION_DENIED", message: identity.error } };
    const { settings } = registry.snapshot;
    const proved = identity?.value;
    if (proved !== undefined && proved.trustDomain !== settings.trustDomain) {
      const message = `the certificate is of trust domain "${proved.trustDomain}", this mesh is "${settings.trustDomain}"`;
      return { refused: { code: "PERMISSION_DENIED", message } };
    }
    const parsed = parseProxyView(node, proved, { ...settings, lowestPort: probeLowestPort() });
    if (!parsed.ok) return { refused: { code: "PERMISSION_DENIED", message: parsed.error } };
    if (translation === undefined) return { refused: { code: "UNAVAILABLE", message: "the server is starting" } };
    const following = translation;
    const view = following.viewFor(parsed.value);
    proxies.set(parsed.value.nodeId, parsed.value);
    return { view, release: () => following.release(view), ...identityOf(proved) };
  };

  const secrets = createSecretSource({ authority, ...nodeBindings });
  const listeners: XdsListener[] = [{ ...listen, tls: certificate.first }];
  if (plaintext !== undefined) listeners.push({ address: plaintext.address, port: plaintext.port });
  const server = createXdsServer({ store, assign, secrets, listen: listeners });
  await start(server, listen, plaintext);
  certificate.onRenewal((certificates) => server.setCertificates(certificates));
  const [secure, open] = server.addresses;
  const address = { ...listen, port: secure?.port ?? listen.port };
  const controlPlane = { address: dialledAddress(listen.address), port: address.port };
  const running = createMeshTranslation({ feed: registry, store, hash: sha256Version, controlPlane });
  translation = running;
  parts.defer(() => running.close());
  const kept = parts.move();
  return {
    address,
    plaintext: plaintext === undefined ? undefined : { ...plaintext, port: open?.port ?? plaintext.port },
    warnings,
    connections: () =>
      server.connections().flatMap((connection) => {
        const proxy = proxies.get(connection.nodeId);
        return proxy === undefined ? [] : [{ connection, proxy, problems: running.problemsOf(proxy) }];
      }),
    behind: (revision) =>
      server.connections().flatMap((connection) => (connection.appliedRevision >= revision ? [] : [connection.nodeId])),
    nextReport: (timeoutMs) => nextReport(server, timeoutMs),
    counts: running.counts,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      kept.dispose();
    },
  };
}

/** Where a gateway on this host finds what listens on an address: one that means "every address" is no place to dial. */
function dialledAddress(address: IpAddress): IpAddress {
  if (address === "0.0.0.0") return "127.0.0.1" as IpAddress;
  return address === "::" ? ("::1" as IpAddress) : address;
}

function identityOf(identity: Identity | undefined) {
  return identity === undefined ? {} : { identity };
}

async function start(server: XdsServer, listen: ListenAddress, plaintext: ListenAddress | undefined): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    if (!(error instanceof XdsError)) throw error;
    const about = plaintext !== undefined && error.message.includes(`:${plaintext.port}:`) ? plaintext : listen;
    const flag = about === listen ? "--xds" : "--xds-plaintext";
    const code = /EADDRINUSE|No address added/i.test(error.message) ? "EADDRINUSE" : "";
    throw await listenFailure(Object.assign(new Error(error.message), { code }), about, flag);
  }
}

function nextReport(server: XdsServer, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, timeoutMs);
    const stop = server.onReport(end);
  });
}
