import { probeLowestPort } from "@portolan/agent";
import { createSecretSource, nodeBindings } from "@portolan/identity";
import { type IpAddress, parseSpiffeId, printable } from "@portolan/model";
import { debounceFeed, type Registry } from "@portolan/registry";
import {
  clientStatusService,
  createMeshTranslation,
  createSnapshotStore,
  createXdsServer,
  type MeshTranslation,
  type Peer,
  SECRET,
  sha256Version,
  XdsError,
  type XdsLimits,
  type XdsListener,
  type XdsServer,
} from "@portolan/xds";
import { SdkError } from "../error.ts";
import { formatListenAddress, isLoopbackListen, type ListenAddress } from "../listen-address.ts";
import { listenFailure } from "../listen-failure.ts";
import { createAssign } from "./assign.ts";
import { loadMeteredAuthority } from "./authority.ts";
import { createConnectedProxies } from "./connected-proxies.ts";
import { createOversizeWarning } from "./oversize.ts";
import { createPushTimes } from "./push-times.ts";
import { createPushTrace } from "./push-trace.ts";
import { rejectedObjects } from "./rejected-objects.ts";
import { createServerCertificate, type RenewedServerCertificate } from "./server-certificate.ts";
import { warn } from "./warnings.ts";
import type { ConnectedProxy, XdsPart } from "./xds-part.ts";

export interface XdsOptions {
  readonly registry: Registry;
  /** Directory of the certificate authority. */
  readonly authority: string;
  readonly listen: ListenAddress;
  readonly plaintext: ListenAddress | undefined;
  readonly workers: number;
  readonly limits: Partial<XdsLimits>;
  readonly advertise: readonly string[];
  readonly workloadCertTtlMs: number | undefined;
  /** Window in which publications behind the first one are merged into one push; 10 ms. */
  readonly debounceMs: number | undefined;
}

/** The authority, the translation of the mesh, and the xDS server that serves it. */
export async function startXds(options: XdsOptions): Promise<XdsPart> {
  const { registry, listen, plaintext, workloadCertTtlMs } = options;
  refuseExposed(plaintext);
  const metered = await loadMeteredAuthority(options.authority, workloadCertTtlMs);
  const { authority } = metered;
  await using parts = new AsyncDisposableStack();
  const certificate = parts.use(
    await createServerCertificate({
      authority,
      trustDomain: registry.snapshot.settings.trustDomain,
      listen,
      advertise: options.advertise,
    }),
  );
  const { debounceMs: windowMs } = options;
  const feed = parts.use(debounceFeed(registry, windowMs === undefined ? {} : { windowMs }));
  const store = createSnapshotStore();
  const proxies = createConnectedProxies();
  // Made when the port is known: gateways are told where the control plane is.
  let translation: MeshTranslation | undefined;
  const server: XdsServer = parts.use(
    createXdsServer({
      store,
      assign: createAssign({
        settings: () => registry.snapshot.settings,
        lowestPort: probeLowestPort(),
        translation: () => translation,
        proxies,
        caughtUp: feed.caughtUp,
      }),
      secrets: createSecretSource({
        authority,
        ...nodeBindings,
        ...(workloadCertTtlMs === undefined ? {} : { ttlMs: workloadCertTtlMs }),
        onFailure: (error) => warn(`a workload's certificate could not be issued: ${reasonOf(error)}`),
      }),
      listen: listenersOf(listen, plaintext, certificate),
      workers: options.workers,
      limits: options.limits,
      services: [clientStatusService({ store, connections: () => server.connections(), allow: mayAskForStatus })],
    }),
  );
  await start(server, listen, plaintext);
  certificate.onRenewal((certificates) => server.setCertificates(certificates));
  const [secure, open] = server.addresses;
  const address = { ...listen, port: secure?.port ?? listen.port };
  const controlPlane = { address: dialledAddress(listen.address), port: address.port };
  const onReport: XdsPart["onReport"] = (listener) => server.onReport(listener);
  parts.defer(onReport(createOversizeWarning()));
  const translated = () => translation?.counts().translated ?? {};
  const trace = parts.use(createPushTrace({ feed, onReport, translated }));
  const pushTimes = parts.use(createPushTimes({ feed, onReport }));
  const running = createMeshTranslation({ feed, store, hash: sha256Version, controlPlane });
  translation = running;
  const translationDone = () => {
    trace.translationDone();
    pushTimes.translationDone();
  };
  parts.defer(feed.onPublish(translationDone));
  const opened = plaintext === undefined ? undefined : { ...plaintext, port: open?.port ?? plaintext.port };
  if (opened !== undefined) {
    const place = formatListenAddress(opened);
    warn(`xDS in plaintext is on at ${place}: identity there is only a claim, and no secrets are served`);
  }
  const connections = () =>
    server.connections().flatMap((connection, _at, all): readonly ConnectedProxy[] => {
      const proxy = proxies.find(connection.view, connection.nodeId);
      if (proxy === undefined) return [];
      return [
        {
          connection,
          proxy,
          // Worked out for those who look at it: what asks about all proxies, such as metrics, mostly does not.
          get problems() {
            return running.problemsOf(proxy);
          },
          get rejections() {
            return rejectedObjects(connection, store, registry, all);
          },
        },
      ];
    });
  const kept = parts.move();
  return {
    address,
    plaintext: opened,
    authority: metered,
    connections,
    resourcesOf: ({ view, types }) => {
      const asked = new Set(types.map(({ typeUrl }) => typeUrl));
      return (store.resources(view) ?? []).filter(({ typeUrl }) => asked.has(typeUrl) && typeUrl !== SECRET);
    },
    feed,
    onReport,
    pushTimes,
    onStatus: (listener) => server.onStatus(listener),
    counts: running.counts,
    reloadCertificates: async () => {
      const { rootsChanged } = await metered.reload();
      await certificate.renew();
      if (rootsChanged)
        warn("the root certificates are others: proxies trust the former ones until they connect again");
    },
    pushes: () => trace.list(connections()),
    [Symbol.asyncDispose]: async () => {
      await kept.disposeAsync();
      running.close();
    },
  };
}

function listenersOf(
  listen: ListenAddress,
  plaintext: ListenAddress | undefined,
  certificate: RenewedServerCertificate,
): readonly XdsListener[] {
  const secure = { ...listen, tls: certificate.first };
  return plaintext === undefined ? [secure] : [secure, { address: plaintext.address, port: plaintext.port }];
}

/** CSDS shows all proxies: it is for this machine, and for whoever runs the control plane. */
function mayAskForStatus(peer: Peer): boolean {
  if (peer.transport === "plaintext") return true;
  const identity = parseSpiffeId(peer.spiffe);
  return identity.ok && identity.value.namespace === CONTROL_PLANE_NAMESPACE;
}

const CONTROL_PLANE_NAMESPACE = "istio-system";

function refuseExposed(plaintext: ListenAddress | undefined): void {
  if (plaintext === undefined || isLoopbackListen(plaintext)) return;
  throw new SdkError(
    "usage",
    `--xds-plaintext ${formatListenAddress(plaintext)} is not a loopback address: without TLS identity is only a claim, so plaintext is ` +
      "served on this machine alone; use 127.0.0.1:PORT, and --xds for proxies on other machines",
  );
}

/** Where a gateway on this host finds what listens on an address: one that means "every address" is no place to dial. */
function dialledAddress(address: IpAddress): IpAddress {
  if (address === "0.0.0.0") return "127.0.0.1" as IpAddress;
  return address === "::" ? ("::1" as IpAddress) : address;
}

async function start(server: XdsServer, listen: ListenAddress, plaintext: ListenAddress | undefined): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    if (!(error instanceof XdsError) || error.code !== "listen-failed") throw error;
    // The listener of --xds is bound first.
    const isPlaintext = plaintext !== undefined && error.listener === 1;
    const about = isPlaintext ? plaintext : listen;
    const code = /\b(EADDRINUSE|EADDRNOTAVAIL|EACCES|EPERM)\b/.exec(error.message)?.[1];
    throw await listenFailure({ code, message: error.message }, about, isPlaintext ? "--xds-plaintext" : "--xds");
  }
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 300);
}
