import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  type DescMessage,
  envoyRegistry,
  type JsonValue,
  ListenerSchema,
  type MessageShape,
  RouteConfigurationSchema,
  toJson,
} from "@portolan/envoy";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { createMesh, objectsOfYaml } from "./mesh-of-yaml.ts";
import { type NodeText, proxyOf } from "./proxy.ts";
import { resourcesOf, translate } from "./resources-of-view.ts";

/**
 * One folder a case: `mesh.yaml` and the nodes of `proxies.yaml` in, what each proxy gets out. Rewritten with
 * `vitest run --project e2e e2e/goldens -u`.
 */
const root = join(import.meta.dirname, "../../packages/xds/goldens");

for (const name of readdirSync(root)) {
  describe(name, () => {
    const folder = join(root, name);
    const read = (file: string) => readFileSync(join(folder, file), "utf8");
    const { objects, problems } = objectsOfYaml(read("mesh.yaml"));
    const nodes = parse(read("proxies.yaml")) as Record<string, NodeText>;
    const mesh = createMesh(objects);
    const translated = translate(mesh);
    const proxies = Object.entries(nodes).map(([proxy, node]) => ({ proxy, view: proxyOf(node) }));
    const all = proxies.map(({ proxy, view }) => ({ proxy, resources: resourcesOf(translated, view) }));

    test("the mesh is decoded without a problem, and nothing is held back", () => {
      expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
      expect([...mesh.snapshot.problems.values()].flat().filter(({ severity }) => severity === "error")).toEqual([]);
      expect(translated.store.held()).toEqual([]);
    });

    const compare = <Schema extends DescMessage>(
      file: string,
      schema: Schema,
      of: (resources: (typeof all)[number]["resources"]) => readonly MessageShape<Schema>[],
    ) =>
      test(file, async () => {
        const out = all.map(({ proxy, resources }) => [proxy, of(resources).map((message) => jsonOf(schema, message))]);
        await expect(stringify(sorted(Object.fromEntries(out)), { lineWidth: 0 })).toMatchFileSnapshot(
          join(folder, file),
        );
      });

    compare("clusters.yaml", ClusterSchema, ({ clusters }) => clusters);
    compare("endpoints.yaml", ClusterLoadAssignmentSchema, ({ endpoints }) => endpoints);
    compare("listeners.yaml", ListenerSchema, ({ listeners }) => listeners);
    compare("routes.yaml", RouteConfigurationSchema, ({ routes }) => routes);

    test("problems.yaml", async () => {
      const out = proxies.map(({ proxy, view }) => [
        proxy,
        translated.translation.problemsOf(view).map(({ code, object = "", message }) => `${code} ${object} ${message}`),
      ]);
      await expect(stringify(Object.fromEntries(out), { lineWidth: 0 })).toMatchFileSnapshot(
        join(folder, "problems.yaml"),
      );
    });
  });
}

function jsonOf<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): JsonValue {
  return toJson(schema, message, { registry: envoyRegistry(), useProtoFieldName: true });
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
