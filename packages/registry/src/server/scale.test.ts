import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { files } from "../sources/files/source.ts";
import { documents, serviceEntry, temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { endpointOf, running } from "../testing/running.ts";
import { until } from "../testing/until.ts";

test("10,000 ServiceEntries in files of 100: one edited document is one decoded document and one changed object", {
  timeout: 120_000,
}, async () => {
  using folder = temporaryFolder();
  const file = (at: number, edited?: string) =>
    documents(
      ...Array.from({ length: 100 }, (_, i) => {
        const name = `n${at * 100 + i}`;
        return serviceEntry(name, { endpoint: name === edited ? "10.0.0.2" : `10.1.${at}.${i}` });
      }),
    );
  await writeFiles(folder.path, Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}.yaml`, file(at)])));
  await using registry = await running({ sources: [files(folder.path)] });
  expect(registry.snapshot.services.size).toBe(10_000);
  expect(registry.snapshot.vips.size).toBe(10_000);
  expect(registry.counts.documentsDecoded).toBe(10_000);
  const changes: number[][] = [];
  registry.onPublish(
    (_snapshot, { objects, services, endpoints }) => void changes.push([objects.size, services.size, endpoints.size]),
  );
  writeFileSync(join(folder.path, "42.yaml"), file(42, "n4217"));
  await until(registry, () => endpointOf(registry.snapshot, "n4217") === "10.0.0.2");
  expect(registry.counts.documentsDecoded).toBe(10_001);
  expect(changes).toEqual([[1, 0, 1]]);
});
