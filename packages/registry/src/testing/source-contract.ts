import type { MeshSnapshot, ObjectKey } from "@portolan/model";
import { describe, expect, test } from "vitest";
import type { Registry } from "../registry.ts";
import { serviceEntry } from "./mesh-folder.ts";
import { until } from "./until.ts";

/** One source behind a registry, and a hand that changes what it has. */
export interface SourceHarness {
  readonly name: string;
  /** A running registry whose source has these objects already, by name. */
  start(objects: Readonly<Record<string, string>>): Promise<StartedSource>;
}

export interface StartedSource extends AsyncDisposable {
  readonly registry: Registry;
  /** Gives or changes the text of an object. Gives what is wrong where the source says so to whoever changes it. */
  put(name: string, text: string): Promise<string | undefined>;
  remove(name: string): Promise<void>;
}

const key = (name: string) => `ServiceEntry/shop/${name}` as ObjectKey;

function endpointOf(snapshot: MeshSnapshot, name: string): string | undefined {
  const object = snapshot.objects.get(key(name));
  return object?.kind === "ServiceEntry" ? object.endpoints[0]?.address : undefined;
}

/** What every source must do. */
export function testSource(harness: SourceHarness): void {
  describe(`the source "${harness.name}"`, () => {
    test("has said all that it has when start() resolves, in one revision", async () => {
      await using source = await harness.start({ a: serviceEntry("a"), b: serviceEntry("b") });
      const { registry } = source;
      expect(registry.synced).toBe(true);
      expect([...registry.snapshot.objects.keys()].sort()).toEqual([key("a"), key("b")]);
      expect(registry.counts.revisionsPublished).toBe(1);
    });

    test("is synced where it has nothing", async () => {
      await using source = await harness.start({});
      expect(source.registry.synced).toBe(true);
      expect(source.registry.snapshot.objects.size).toBe(0);
    });

    test("says what comes, changes and goes, and nothing else changes", async () => {
      await using source = await harness.start({ a: serviceEntry("a") });
      const { registry } = source;
      const before = registry.object(key("a"));
      await source.put("b", serviceEntry("b"));
      await until(registry, () => endpointOf(registry.snapshot, "b") === "10.0.0.1");
      await source.put("b", serviceEntry("b", { endpoint: "10.0.0.2" }));
      await until(registry, () => endpointOf(registry.snapshot, "b") === "10.0.0.2");
      await source.remove("b");
      await until(registry, () => !registry.snapshot.objects.has(key("b")));
      expect(registry.object(key("a"))).toBe(before);
      expect(registry.problems()).toEqual([]);
    });

    test.each([
      { name: "cannot be decoded", text: serviceEntry("a", { port: 99999 }), says: "spec.ports.0.number" },
      { name: "breaks a rule of the mesh", text: serviceEntry("a", { host: "a.global" }), says: "<name>.<namespace>" },
      { name: "cannot be parsed", text: "kind: [ServiceEntry\n  oops\n", says: "Flow sequence" },
    ])("keeps the last good version of an object that $name", async ({ text, says }) => {
      await using source = await harness.start({ a: serviceEntry("a") });
      const { registry } = source;
      const before = registry.object(key("a"));
      const refused = await source.put("a", text);
      if (refused === undefined) await until(registry, () => registry.problems().length > 0);
      const [problem] = registry.problems();
      expect(refused ?? `${problem?.path} ${problem?.message}`).toContain(says);
      expect(registry.object(key("a"))).toBe(before);
      expect(registry.snapshot.services.size).toBe(1);
      await source.put("a", serviceEntry("a", { endpoint: "10.0.0.3" }));
      await until(registry, () => endpointOf(registry.snapshot, "a") === "10.0.0.3");
      await until(registry, () => registry.problems().length === 0);
    });

    test("names itself as the owner and gives the object's text back unchanged", async () => {
      const text = serviceEntry("a");
      await using source = await harness.start({ a: text });
      expect(source.registry.originOf(key("a"))).toMatchObject({ source: harness.name, position: { line: 1 } });
      expect(source.registry.manifest(key("a"))).toBe(text);
      expect(source.registry.manifest(key("b"))).toBeUndefined();
    });

    test("is silent after stop()", async () => {
      await using source = await harness.start({ a: serviceEntry("a") });
      await source.registry.stop();
      const { snapshot } = source.registry;
      await source.remove("a").catch(() => {});
      expect(source.registry.snapshot).toBe(snapshot);
      expect(source.registry.synced).toBe(false);
    });
  });
}
