import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { createMesh, objectsOfYaml } from "../goldens/mesh-of-yaml.ts";
import { type NodeText, proxyOf } from "../goldens/proxy.ts";
import { resourcesOf, translate, type ViewResources } from "../goldens/resources-of-view.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { yamlOf } from "../testing/objects.ts";
import { exampleProxies, readExample } from "./example.ts";
import { randomMesh } from "./random-yaml.ts";
import { createValidator, type Validator } from "./validate-envoy.ts";

const goldens = join(import.meta.dirname, "../../packages/xds/goldens");
const examples = join(import.meta.dirname, "../../examples");

describeWithEnvoy("P-77 what is translated passes envoy --mode validate as a static dump", () => {
  let validator: Validator;
  beforeAll(async () => {
    validator = await createValidator();
  });
  afterAll(() => validator[Symbol.asyncDispose]());

  for (const name of readdirSync(goldens)) {
    test(`golden ${name}`, async () => {
      const mesh = createMesh(objectsOfYaml(readFileSync(join(goldens, name, "mesh.yaml"), "utf8")).objects);
      const translated = translate(mesh);
      const nodes = parse(readFileSync(join(goldens, name, "proxies.yaml"), "utf8")) as Record<string, NodeText>;
      for (const node of Object.values(nodes)) {
        expect(await validator.complaints(resourcesOf(translated, proxyOf(node)))).toBe("");
      }
    });
  }

  for (const name of readdirSync(examples)) {
    test(`example ${name}`, async () => {
      const { text, demo } = readExample(join(examples, name));
      const translated = translate(createMesh(objectsOfYaml(text).objects));
      const proxies = exampleProxies(demo);
      expect(proxies.length).toBeGreaterThan(0);
      const all: ViewResources[] = proxies.map((node) => resourcesOf(translated, proxyOf(node)));
      for (const resources of all) expect(await validator.complaints(resources)).toBe("");
      expect(all.some(({ listeners }) => listeners.length > 0)).toBe(true);
    });
  }

  test("random meshes, and nothing of them is held back", { timeout: 240_000 }, async () => {
    const runs = Number(process.env.PORTOLAN_VALIDATE_RUNS ?? 15);
    const seed = Number(process.env.PORTOLAN_SEED ?? Date.now() % 2 ** 31);
    console.log(`random meshes of seed ${seed} (PORTOLAN_SEED)`);
    await fc.assert(
      fc.asyncProperty(randomMesh, async ({ objects, proxies }) => {
        const translated = translate(createMesh(objectsOfYaml(yamlOf(objects)).objects));
        for (const node of proxies) {
          const resources = resourcesOf(translated, proxyOf(node));
          expect(await validator.complaints(resources)).toBe("");
        }
        expect(translated.store.held()).toEqual([]);
      }),
      { numRuns: runs, seed, endOnFailure: process.env.CI !== undefined },
    );
  });
});
