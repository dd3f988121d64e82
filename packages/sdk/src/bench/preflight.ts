import { connect } from "node:net";
import { Client, credentials, status } from "@grpc/grpc-js";
import { Cluster_DiscoveryType, ClusterSchema, fromBinary } from "@portolan/envoy";
import { printable } from "@portolan/model";
import { SdkError } from "../error.ts";
import {
  anyValue,
  type BenchDialect,
  type BenchNode,
  createRequestWriter,
  eachField,
  eachResource,
} from "./discovery-wire.ts";
import type { GrpcTarget } from "./grpc-stream.ts";

export const CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
export const ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

const TIMEOUT_MS = 10_000;

/**
 * Asks for the clusters once, with a complete gRPC client that can say what is wrong, and gives the names under which their
 * endpoints are subscribed to, sorted.
 *
 * @throws SdkError `unreachable`, `failed`
 */
export async function endpointNames(
  target: GrpcTarget,
  dialect: BenchDialect,
  node: BenchNode,
  timeoutMs = TIMEOUT_MS,
): Promise<readonly string[]> {
  const { host, port, tls } = target;
  await reach(host, port);
  const channel =
    tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(bytesOf(tls.ca), bytesOf(tls.key), bytesOf(tls.cert));
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const client = new Client(place, channel, {
    "grpc.max_receive_message_length": -1,
    ...(tls?.servername === undefined ? {} : { "grpc.ssl_target_name_override": tls.servername }),
  });
  try {
    const message = await firstResponse(client, dialect, node, timeoutMs);
    const names = new Set<string>();
    eachCluster(dialect, message, (bytes) => {
      const cluster = fromBinary(ClusterSchema, bytes);
      const { clusterDiscoveryType: discovery, edsClusterConfig } = cluster;
      if (discovery.case === "type" && discovery.value === Cluster_DiscoveryType.EDS) {
        names.add(edsClusterConfig?.serviceName || cluster.name);
      }
    });
    return [...names].sort();
  } catch (error) {
    throw failureAt(place, error, tls === undefined);
  } finally {
    client.close();
  }
}

/** gRPC does not always tell that nobody listens. */
function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const refuse = (reason: string) => {
      socket.destroy();
      reject(new SdkError("unreachable", `nobody answers: ${reason}`));
    };
    socket.once("error", (error) => refuse(error.message));
    socket.once("timeout", () => refuse(`${host}:${port} does not accept the connection`));
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

function firstResponse(client: Client, dialect: BenchDialect, node: BenchNode, timeoutMs: number): Promise<Buffer> {
  const same = (bytes: Buffer) => bytes;
  const method = dialect === "delta" ? "DeltaAggregatedResources" : "StreamAggregatedResources";
  const path = `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`;
  const call = client.makeBidiStreamRequest(path, same, same, { deadline: Date.now() + timeoutMs });
  return new Promise((resolve, reject) => {
    call.once("data", (bytes: Buffer) => {
      resolve(bytes);
      call.cancel();
    });
    // What is emitted as an error may be a write that came too late; the status says why.
    call.on("error", () => {});
    call.once("status", reject);
    call.write(Buffer.from(createRequestWriter(dialect, { typeUrl: CLUSTERS, names: [] }).first(node)));
  });
}

function eachCluster(dialect: BenchDialect, message: Buffer, visit: (cluster: Buffer) => void): void {
  if (dialect === "delta") eachResource(message, ({ body }) => visit(body));
  else {
    eachField(message, (number, start, end) => {
      if (number === 2) visit(anyValue(message.subarray(start, end)));
    });
  }
}

function failureAt(place: string, error: unknown, plaintext: boolean): SdkError {
  const { code, details } = error as { code?: number; details?: string };
  const reason =
    code === status.OK ? "it ended the stream without an answer" : printable(details || String(error), 500);
  if (code === status.DEADLINE_EXCEEDED) {
    const message = `${place} sends no clusters in time: has it any for this node (--node)?`;
    return new SdkError("unreachable", message, { cause: error });
  }
  if (code === status.UNAVAILABLE) {
    const hint = plaintext ? " in plaintext (--certs DIR: over TLS)" : "";
    return new SdkError("unreachable", `${place} does not answer over xDS${hint}: ${reason}`, { cause: error });
  }
  return new SdkError("failed", `${place} refuses the stream: ${reason}`, { cause: error });
}

function bytesOf(pem: unknown): Buffer | null {
  return Buffer.isBuffer(pem) ? pem : null;
}
