import {
  type MeshSnapshot,
  type Namespace,
  type ObjectKey,
  objectKey,
  ok,
  parseNamespace,
  splitObjectKey,
} from "@portolan/model";
import { formatProblem, type Registry, type WriteResult } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import { SdkError } from "../../error.ts";
import { isRecord } from "../../is-record.ts";
import { jsonArray } from "../json-array.ts";
import { kindsNamed } from "../kind-names.ts";
import { listObject, problemLines } from "../listed-object.ts";
import { createManifestReader } from "../manifests.ts";
import { namedObjects } from "../named-objects.ts";

interface Place {
  readonly namespace?: string;
  readonly file?: string;
}

/**
 * `/api/v1/objects`, `apply`, `delete` and `remove`: reading and writing the objects of the mesh. A write is taken all or not at all, and
 * answers with the revision that it made. A body is YAML or JSON, whatever its content type says.
 */
export function addObjectRoutes(server: FastifyInstance, registry: Registry): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  server.get<{ Querystring: { kind?: string; namespace?: string; name?: string; manifests?: string } }>(
    "/api/v1/objects",
    async (request, reply) => {
      const { kind = "all", namespace, name, manifests } = request.query;
      const kinds = kindsNamed(kind);
      const problems = problemLines(registry);
      const manifestOf = manifests === "true" ? createManifestReader(registry) : undefined;
      const listed = [...registry.snapshot.objects]
        .filter(([, object]) => kinds === "all" || kinds.includes(object.kind))
        .filter(([, { meta }]) => (namespace ?? meta.namespace) === meta.namespace && (name ?? meta.name) === meta.name)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const items = jsonArray(
        listed,
        ([key, object]) => listObject(registry, key, object, { problems: problems.get(key), manifestOf }),
        "items",
      );
      return reply.type("application/json; charset=utf-8").send(items);
    },
  );

  server.post<{ Querystring: Place; Body: unknown }>("/api/v1/apply", async (request) => {
    const { snapshot } = registry;
    const result = await registry.write({ apply: [{ text: textOf(request.body), ...placeOf(request.query) }] });
    return written(result, (key) => actionOn(snapshot, key));
  });

  server.post<{ Querystring: Place; Body: unknown }>("/api/v1/delete", async (request) => {
    const { namespace = "default" as Namespace, ...place } = placeOf(request.query);
    const named = namedObjects(textOf(request.body), { namespace, ...place });
    return written(await registry.write({ remove: named }), () => "deleted");
  });

  server.post<{ Body: unknown }>("/api/v1/remove", async (request) => {
    const named = removedKeys(textOf(request.body));
    return written(await registry.write({ remove: named }), () => "deleted");
  });
}

function written({ revision, keys, problems }: WriteResult, actionOf: (key: ObjectKey) => string): unknown {
  return {
    revision,
    objects: keys.map((key) => ({ ...splitObjectKey(key), action: actionOf(key) })),
    problems: problems.map((problem) => ({ ...problem, text: formatProblem(problem) })),
  };
}

function actionOn(before: MeshSnapshot, key: ObjectKey): string {
  return before.objects.has(key) ? "configured" : "created";
}

function textOf(body: unknown): string {
  if (typeof body === "string" && body.trim() !== "") return body;
  throw new SdkError("bad-data", "the request has no body: send YAML or JSON");
}

/** `{"objects": [{"kind", "namespace", "name"}]}` */
function removedKeys(text: string): readonly ObjectKey[] {
  const shape = 'send {"objects": [{"kind": "Service", "namespace": "shop", "name": "reviews"}]}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SdkError("bad-data", `the body is not JSON: ${shape}`);
  }
  const objects = isRecord(value) && Array.isArray(value.objects) ? value.objects : [];
  if (objects.length === 0) throw new SdkError("bad-data", `the body names no objects: ${shape}`);
  return objects.map((object: unknown) => {
    const { kind, namespace, name } = isRecord(object) ? object : {};
    if (typeof kind === "string" && typeof namespace === "string" && typeof name === "string") {
      return objectKey(kind, namespace, name);
    }
    throw new SdkError("bad-data", `an object of the body lacks kind, namespace or name: ${shape}`);
  });
}

function placeOf(query: Place): { readonly namespace?: Namespace; readonly file?: string } {
  const namespace = query.namespace === undefined ? ok(undefined) : parseNamespace(query.namespace);
  if (!namespace.ok) throw new SdkError("bad-data", namespace.error);
  return {
    ...(namespace.value === undefined ? {} : { namespace: namespace.value }),
    ...(query.file === undefined ? {} : { file: query.file }),
  };
}
