import { Readable } from "node:stream";
import { type MeshObject, printable } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import type { XdsConnection } from "@portolan/xds";
import type { FastifyInstance, FastifyReply } from "fastify";
import { isNamed } from "../../control-plane/applied.ts";
import type { XdsPart } from "../../control-plane/xds-part.ts";
import { SdkError } from "../../error.ts";
import { jsonArray } from "../json-array.ts";
import { createManifestReader } from "../manifests.ts";
import { registeredService } from "../registered-service.ts";
import { syncStatus } from "../sync-status.ts";

/** Of Istio's own API: its configz holds nothing of Kubernetes. */
const ISTIO_KINDS: ReadonlySet<MeshObject["kind"]> = new Set([
  "DestinationRule",
  "Gateway",
  "ServiceEntry",
  "Sidecar",
  "WorkloadEntry",
]);

/** It knows every message of Envoy's: loaded when somebody asks. */
const configDump = () => import("../config-dump.ts");

/** What istiod answers under these paths, in its shapes (`pilot/pkg/xds/debug.go`), for tools that ask it. */
export function addIstioDebugRoutes(server: FastifyInstance, registry: Registry, xds: () => XdsPart): void {
  server.get("/debug/syncz", async (_request, reply) => send(reply, jsonArray(xds().connections(), syncStatus)));

  server.get("/debug/configz", async (_request, reply) => {
    const objects = [...registry.snapshot.objects].filter(([, { kind }]) => ISTIO_KINDS.has(kind));
    const manifestOf = createManifestReader(registry);
    return send(
      reply,
      jsonArray(objects.sort(byKey), ([key, object]) => manifestOf(key, object)),
    );
  });

  server.get("/debug/registryz", async (_request, reply) => {
    const { snapshot } = registry;
    const services = [...snapshot.services].sort(byKey);
    return send(
      reply,
      jsonArray(services, ([, service]) => registeredService(service, snapshot)),
    );
  });

  server.get<{ Querystring: ProxyQuery }>("/debug/config_dump", async ({ query }, reply) => {
    const { configDumpTexts } = await configDump();
    const resources = xds().resourcesOf(streamOf(query.proxyID, xds()));
    return send(reply, Readable.from(configDumpTexts(resources, query.include_eds === "true")));
  });

  server.get<{ Querystring: ProxyQuery }>("/debug/edsz", async ({ query }, reply) => {
    const { assignmentsOf } = await configDump();
    const resources = xds().resourcesOf(streamOf(query.proxyID, xds()));
    return send(reply, Readable.from(assignmentsOf(resources)));
  });

  server.get("/debug/mesh", async () => {
    const { trustDomain, rootNamespace, ...ours } = registry.snapshot.settings;
    return { trustDomain, rootNamespace, portolan: ours };
  });
}

interface ProxyQuery {
  /** `NAME.NAMESPACE`, as istioctl says it, `NAME`, or a node id. */
  readonly proxyID?: string;
  readonly include_eds?: string;
}

/** Of several streams of one proxy the aggregated one. */
function streamOf(proxyID: string | undefined, xds: XdsPart): XdsConnection {
  if (proxyID === undefined) throw new SdkError("bad-data", "name the proxy: ?proxyID=NAME.NAMESPACE");
  const streams = xds.connections().filter(({ proxy }) => isNamed(proxy, proxyID));
  const found = streams.find(({ connection }) => connection.service === "ADS") ?? streams[0];
  if (found !== undefined) return found.connection;
  throw new SdkError("not-found", `no proxy ${printable(proxyID)} is connected`);
}

function send(reply: FastifyReply, json: Readable): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(json);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
