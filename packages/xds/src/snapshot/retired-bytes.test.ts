import { expect, test } from "vitest";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { createSnapshotStore } from "./create-snapshot-store.ts";
import { viewId } from "./ids.ts";
import { createSnapshotReplica } from "./replica.ts";
import type { ReplicaResource } from "./replica-table.ts";
import { createRetiredBytes } from "./retired-bytes.ts";

const view = viewId("v");

function textOf({ bytes, offset, length }: ReplicaResource): string | undefined {
  return bytes && new TextDecoder().decode(bytes.slice(offset, offset + length));
}

/** What readers had of a resource, version after version, in a store whose segments come and go. */
function replaced(type: string, versions: number, maxRetiredBytes?: number): ReplicaResource[] {
  const store = createSnapshotStore({ segmentBytes: 512 });
  const replica = createSnapshotReplica(maxRetiredBytes === undefined ? {} : { maxRetiredBytes });
  store.subscribe((message) => void replica.apply(message));
  return Array.from({ length: versions }, (_, version) => {
    store.set(view, [resourceOf(type, "a", `v${version}`)]);
    return replica.view(view)?.typed(typeNamed(type).typeUrl).find("a") as ReplicaResource;
  });
}

test.each(["EDS", "RDS"])(
  "P-13 the last versions of %s that were replaced keep their bytes, and no segment for them",
  (type) => {
    const versions = replaced(type, 100);
    for (const [at, resource] of versions.entries()) expect(textOf(resource)).toContain(`a@v${at}`);
    const segments = new Set(versions.slice(0, 50).map(({ bytes }) => bytes?.buffer.constructor.name));
    expect([...segments]).toEqual(["ArrayBuffer"]);
  },
);

test("older ones lose them, and secrets at once", () => {
  const one = replaced("EDS", 1)[0]?.length ?? 0;
  const kept = replaced("EDS", 100, 3 * one + 10).filter(({ bytes }) => bytes !== undefined);
  expect(kept.map(({ version }) => version)).toEqual(["v96", "v97", "v98", "v99"]);
  const secrets = replaced("SDS", 3).filter(({ bytes }) => bytes !== undefined);
  expect(secrets.map(({ version }) => version)).toEqual(["v2"]);
});

test("there is a bound in number as well", () => {
  const retired = createRetiredBytes();
  const memory = new Uint8Array(1);
  const all = Array.from({ length: 20_000 }, (): ReplicaResource => {
    const { typeUrl } = typeNamed("EDS");
    return { typeUrl, name: "a", version: "1", ttlMs: undefined, references: [], bytes: memory, offset: 0, length: 1 };
  });
  for (const resource of all) retired.add(resource);
  expect(all.filter(({ bytes }) => bytes !== undefined)).toHaveLength(4_096);
  retired.leave(memory);
  expect(all.filter(({ bytes }) => bytes === memory)).toEqual([]);
});
