import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cidrContains, defaultMeshSettings, type IpAddress, parseIpAddress } from "@portolan/model";
import { expect, test } from "vitest";
import { createMesh, objectsOfYaml } from "./goldens/mesh-of-yaml.ts";
import { proxyOf } from "./goldens/proxy.ts";
import { resourcesOf, translate } from "./goldens/resources-of-view.ts";
import { exampleProxies, readExample } from "./validate/example.ts";

const root = join(import.meta.dirname, "..", "examples");
const { bindPool, capturePool } = defaultMeshSettings();

function isVip(text: string): boolean {
  const address = parseIpAddress(text);
  return address.ok && [bindPool, capturePool].some((pool) => cidrContains(pool, address.value as IpAddress));
}

test.each(readdirSync(root))(
  "0.38 no proxy of %s is told to dial a VIP: it means something on its own host alone",
  (name) => {
    const { text, demo } = readExample(join(root, name));
    const translation = translate(createMesh(objectsOfYaml(text).objects));
    let listened = 0;
    for (const node of exampleProxies(demo)) {
      const resources = resourcesOf(translation, proxyOf(node));
      const dialled = JSON.stringify([resources.clusters, resources.endpoints]).match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
      expect(dialled.filter(isVip)).toEqual([]);
      listened += (JSON.stringify(resources.listeners).match(/\d+\.\d+\.\d+\.\d+/g) ?? []).filter(isVip).length;
    }
    expect(listened).toBeGreaterThan(0);
  },
);
