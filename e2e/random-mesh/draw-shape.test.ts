import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { demoPlan, reachable } from "./demo-plan.ts";
import { drawShape } from "./draw-shape.ts";
import { meshFiles } from "./mesh-files.ts";

const seeds = Array.from({ length: 200 }, (_, index) => index);

describe("meshes drawn from a seed", () => {
  test("the same seed gives the same mesh, another one another", () => {
    const texts = seeds.map((seed) => JSON.stringify([drawShape(seed), ...meshFiles(drawShape(seed))]));
    expect(texts).toEqual(seeds.map((seed) => JSON.stringify([drawShape(seed), ...meshFiles(drawShape(seed))])));
    expect(new Set(texts).size).toBe(seeds.length);
  });

  test.each(["isolated", "loopback"] as const)("no address, name or VIP has two owners (%s)", (ground) => {
    for (const seed of seeds) {
      const shape = drawShape(seed);
      const plan = demoPlan(shape, ground);
      const addresses = [
        ...plan.proxies.map((proxy) => proxy.address),
        ...shape.services.flatMap((service) => service.exposed?.vip ?? []),
      ];
      expect(new Set(addresses).size, `seed ${seed}`).toBe(addresses.length);
      const names = plan.proxies.map((proxy) => proxy.name);
      expect(new Set(names).size, `seed ${seed}`).toBe(names.length);
      const served = plan.applications.map((app) => `${app.address}:${app.port}`);
      expect(new Set(served).size, `seed ${seed}`).toBe(served.length);
      expect(reachable(shape, ground).length, `seed ${seed}`).toBeGreaterThan(0);
    }
  });

  test("the YAML can be read, and holds no word of the examples", () => {
    for (const seed of seeds) {
      const text = [...meshFiles(drawShape(seed)).values()].join("---\n");
      expect(parseAllDocuments(text).every((document) => document.errors.length === 0)).toBe(true);
      expect(text).not.toMatch(/httpbin|vmhttp|\b(bar|foo|sleep|vm)\b/);
    }
  });

  test("what can be drawn is drawn", () => {
    const shapes = seeds.map(drawShape);
    const services = shapes.flatMap((shape) => shape.services);
    expect(new Set(shapes.map((shape) => shape.networks.length))).toEqual(new Set([1, 2]));
    expect(new Set(services.map((service) => service.workloads.length))).toEqual(new Set([1, 2, 3, 4]));
    expect(new Set(services.map((service) => service.registered)).size).toBe(4);
    expect(new Set(services.map((service) => service.exposed?.vip === undefined))).toEqual(new Set([true, false]));
    expect(services.some((service) => service.ports.length > 1)).toBe(true);
    expect(services.some((service) => service.subsets.length > 1)).toBe(true);
  });
});
