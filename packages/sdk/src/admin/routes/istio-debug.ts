import type { Readable } from "node:stream";
import type { MeshObject } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { XdsPart } from "../../control-plane/xds-part.ts";
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

  server.get("/debug/mesh", async () => {
    const { trustDomain, rootNamespace, ...ours } = registry.snapshot.settings;
    return { trustDomain, rootNamespace, portolan: ours };
  });
}

function send(reply: FastifyReply, json: Readable): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(json);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
