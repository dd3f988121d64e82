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
  server.get("/debug/syncz", async (_request, reply) => send(reply, xds().connections().map(syncStatus)));

  server.get("/debug/configz", async (_request, reply) => send(reply, configurations(registry)));

  server.get("/debug/registryz", async (_request, reply) => {
    const { snapshot } = registry;
    const services = [...snapshot.services.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return send(
      reply,
      mapped(services, (service) => registeredService(service, snapshot)),
    );
  });

  server.get("/debug/mesh", async () => {
    const { trustDomain, rootNamespace, ...ours } = registry.snapshot.settings;
    return { trustDomain, rootNamespace, portolan: ours };
  });
}

function send(reply: FastifyReply, values: Iterable<unknown>): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(jsonArray(values));
}

function* configurations(registry: Registry): Generator<unknown> {
  const manifestOf = createManifestReader(registry);
  const objects = [...registry.snapshot.objects].filter(([, { kind }]) => ISTIO_KINDS.has(kind));
  for (const [key, object] of objects.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const manifest = manifestOf(key, object);
    if (manifest !== undefined) yield manifest;
  }
}

function* mapped<Value>(values: readonly Value[], map: (value: Value) => unknown): Generator<unknown> {
  for (const value of values) yield map(value);
}
