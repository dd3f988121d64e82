import type { handleUnaryCall, MethodDefinition, ServerDuplexStream } from "@grpc/grpc-js";
import {
  AnySchema,
  type ClientConfig_GenericXdsConfig,
  ClientConfig_GenericXdsConfigSchema,
  ClientConfigSchema,
  type ClientStatusRequest,
  ClientStatusRequestSchema,
  type ClientStatusResponse,
  ClientStatusResponseSchema,
  ConfigStatus,
  create,
  fromBinary,
  toBinary,
} from "@portolan/envoy";
import { SECRET } from "../resource/type-url.ts";
import type { TypeStatus } from "../session/protocol.ts";
import type { SnapshotStore, ViewedResource } from "../snapshot/snapshot-store.ts";
import type { GrpcService } from "./further-services.ts";
import { STATUS } from "./http2/status.ts";
import { identityOfCertificate, type Peer } from "./peer.ts";
import type { XdsConnection } from "./report.ts";

export interface ClientStatusOptions {
  readonly store: Pick<SnapshotStore, "resources">;
  /** All that are connected; `XdsServer.connections`. */
  readonly connections: () => readonly XdsConnection[];
  /**
   * Who may ask. The answer shows every client and what it is served, so it is for operators: by default nobody but a peer in
   * plaintext, which can be on loopback only.
   */
  readonly allow?: (peer: Peer) => boolean;
}

/**
 * `envoy.service.status.v3.ClientStatusDiscoveryService` (CSDS): what each connected client is to have and what of it it
 * has acknowledged or rejected. For `XdsServerOptions.services`. Secrets are named, and their content is never shown.
 */
export function clientStatusService(options: ClientStatusOptions): GrpcService {
  const { allow = ({ transport }) => transport === "plaintext" } = options;

  function answer(call: AuthorizedCall, request: ClientStatusRequest): ClientStatusResponse {
    const peer = peerOf(call);
    // A promise is no permission.
    if (peer === undefined || allow(peer) !== true) {
      throw Object.assign(new Error("not allowed"), { code: STATUS.PERMISSION_DENIED, details: "not allowed" });
    }
    if (request.nodeMatchers.length > 0) {
      const details = "node matchers are not served; ask for all, or name a node by its id";
      throw Object.assign(new Error(details), { code: STATUS.UNIMPLEMENTED, details });
    }
    const wanted = options.connections().filter(({ nodeId }) => !request.node?.id || request.node.id === nodeId);
    return create(ClientStatusResponseSchema, {
      config: wanted.map((connection) => configOf(connection, options.store, request.excludeResourceContents)),
    });
  }

  const fetch: handleUnaryCall<ClientStatusRequest, ClientStatusResponse> = (call, done) => {
    let response: ClientStatusResponse;
    try {
      response = answer(call, call.request);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, response);
  };
  const stream = (call: ServerDuplexStream<ClientStatusRequest, ClientStatusResponse>) => {
    call.on("data", (request: ClientStatusRequest) => {
      try {
        call.write(answer(call, request));
      } catch (error) {
        call.emit("error", error);
      }
    });
    call.on("end", () => call.end());
  };
  return {
    definition: {
      fetchClientStatus: method("FetchClientStatus", false),
      streamClientStatus: method("StreamClientStatus", true),
    },
    implementation: { fetchClientStatus: fetch, streamClientStatus: stream },
  };
}

interface AuthorizedCall {
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: { readonly raw: Buffer } };
}

/** Undefined: a certificate that proves nothing. */
function peerOf(call: AuthorizedCall): Peer | undefined {
  const address = call.getPeer();
  const certificate = call.getAuthContext().sslPeerCertificate;
  if (certificate === undefined) return { transport: "plaintext", address };
  const spiffe = identityOfCertificate(certificate.raw);
  return spiffe.ok ? { transport: "mtls", spiffe: spiffe.value, address } : undefined;
}

function configOf(
  { nodeId, cluster, view, service, types }: XdsConnection,
  store: ClientStatusOptions["store"],
  bare: boolean,
) {
  const open = new Map(types.map((type) => [type.typeUrl, type]));
  const resources = store.resources(view) ?? [];
  return create(ClientConfigSchema, {
    node: { id: nodeId, cluster },
    clientScope: service,
    genericXdsConfigs: resources.flatMap((resource) => {
      const type = open.get(resource.typeUrl);
      return type === undefined ? [] : [resourceOf(resource, type, bare)];
    }),
  });
}

function resourceOf(resource: ViewedResource, type: TypeStatus, bare: boolean): ClientConfig_GenericXdsConfig {
  const { typeUrl, name, version, body } = resource;
  const rejected = type.rejected.find((each) => each.name === name);
  return create(ClientConfig_GenericXdsConfigSchema, {
    typeUrl,
    name,
    versionInfo: version,
    configStatus: rejected === undefined ? STATUS_OF_TYPE[type.state] : ConfigStatus.ERROR,
    ...(bare || typeUrl === SECRET ? {} : { xdsConfig: fromBinary(AnySchema, body) }),
    ...(rejected === undefined ? {} : { errorState: { details: rejected.message, versionInfo: rejected.version } }),
  });
}

/** Of a type as a whole; what is not asked for was not sent. */
const STATUS_OF_TYPE: Readonly<Record<TypeStatus["state"], ConfigStatus>> = {
  SYNCED: ConfigStatus.SYNCED,
  STALE: ConfigStatus.STALE,
  "NOT SENT": ConfigStatus.NOT_SENT,
  IGNORED: ConfigStatus.NOT_SENT,
};

function method(name: string, streams: boolean): MethodDefinition<ClientStatusRequest, ClientStatusResponse> {
  return {
    path: `/envoy.service.status.v3.ClientStatusDiscoveryService/${name}`,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: (request) => Buffer.from(toBinary(ClientStatusRequestSchema, request)),
    requestDeserialize: (bytes) => fromBinary(ClientStatusRequestSchema, bytes),
    responseSerialize: (response) => Buffer.from(toBinary(ClientStatusResponseSchema, response)),
    responseDeserialize: (bytes) => fromBinary(ClientStatusResponseSchema, bytes),
  };
}
