import {
  formatOrigin,
  type MeshObject,
  type MeshSnapshot,
  type ObjectKey,
  objectKey,
  ok,
  parseNamespace,
  splitObjectKey,
} from "@portolan/model";
import type { Registry, RegistryError } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import { parse } from "yaml";
import { SdkError } from "../../error.ts";
import { kindsNamed } from "../kind-names.ts";
import { namedObjects } from "../named-objects.ts";

interface Place {
  readonly namespace?: string;
  readonly file?: string;
}

/** `/api/v1`: reading and writing the objects of the mesh. Every write answers with the revision that it made. */
export function addObjectRoutes(server: FastifyInstance, registry: Registry): void {
  const text = ["application/yaml", "text/yaml", "text/plain"];
  server.addContentTypeParser(text, { parseAs: "string" }, (_request, body, done) => done(null, body));

  server.get<{ Querystring: { kind?: string; namespace?: string; name?: string } }>(
    "/api/v1/objects",
    async (request) => {
      const { kind = "all", namespace, name } = request.query;
      const kinds = kindsNamed(kind);
      const items = [...registry.snapshot.objects]
        .filter(([, object]) => kinds === "all" || kinds.includes(object.kind))
        .filter(([, { meta }]) => (namespace ?? meta.namespace) === meta.namespace && (name ?? meta.name) === meta.name)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, object]) => listed(registry, key, object));
      return { items };
    },
  );

  server.post<{ Querystring: Place; Body: unknown }>("/api/v1/apply", async (request) => {
    const { snapshot } = registry;
    const { revision, keys } = await registry.write({
      apply: [{ text: bodyText(request.body), ...placeOf(request.query) }],
    });
    return { revision, objects: keys.map((key) => written(snapshot, key)) };
  });

  server.post<{ Querystring: Place; Body: unknown }>("/api/v1/delete", async (request) =>
    remove(registry, namedObjects(bodyText(request.body), request.query.namespace ?? "default")),
  );

  server.post<{ Body: { objects?: { kind: string; namespace: string; name: string }[] } }>(
    "/api/v1/remove",
    async (request) => {
      const named = request.body.objects ?? [];
      return remove(
        registry,
        named.map(({ kind, namespace, name }) => objectKey(kind, namespace, name)),
      );
    },
  );
}

async function remove(registry: Registry, named: readonly ObjectKey[]): Promise<unknown> {
  const { revision, keys } = await registry.write({ remove: named });
  return { revision, objects: keys.map((key) => ({ ...splitObjectKey(key), action: "deleted" })) };
}

function written(before: MeshSnapshot, key: ObjectKey): unknown {
  return { ...splitObjectKey(key), action: before.objects.has(key) ? "configured" : "created" };
}

function listed(registry: Registry, key: ObjectKey, object: MeshObject): unknown {
  const text = registry.manifest(key);
  const origin = formatOrigin(registry.originOf(key) ?? object.meta.origin);
  return { ...splitObjectKey(key), origin, manifest: text === undefined ? undefined : manifestOf(text, object) };
}

/** The manifest as a value; of a document that holds several objects, the one that is meant. */
function manifestOf(text: string, object: MeshObject): unknown {
  const value: unknown = parse(text);
  const items: unknown[] = isRecord(value) && Array.isArray(value.items) ? value.items : [value];
  return (
    items.find((item) => isRecord(item) && isRecord(item.metadata) && item.metadata.name === object.meta.name) ?? value
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bodyText(body: unknown): string {
  if (typeof body === "string") return body;
  if (isRecord(body)) return JSON.stringify(body);
  throw new SdkError("bad-data", "the request has no body: send YAML, or JSON with content-type application/json");
}

function placeOf(query: Place) {
  const namespace = query.namespace === undefined ? ok(undefined) : parseNamespace(query.namespace);
  if (!namespace.ok) throw new SdkError("bad-data", namespace.error);
  return {
    ...(namespace.value === undefined ? {} : { namespace: namespace.value }),
    ...(query.file === undefined ? {} : { file: query.file }),
  };
}

/** The HTTP status of a write that the registry did not take. */
export function statusOf(error: RegistryError): number {
  if (error.code === "conflict") return 409;
  if (error.code === "not-found") return 404;
  return error.code === "bad-objects" || error.code === "read-only" ? 422 : 503;
}
