import type { DescFile, DescMessage } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ClusterSchema, HttpConnectionManagerSchema, ListenerSchema, RouteConfigurationSchema } from "./index.ts";

function filesOf(...schemas: readonly DescMessage[]): readonly DescFile[] {
  const files = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(visit);
  };
  for (const { file } of schemas) visit(file);
  return [...files].filter(({ name }) => !name.startsWith("google/protobuf/"));
}

test("descriptors hold no options of extensions, and know what is deprecated", () => {
  const files = filesOf(ClusterSchema, ListenerSchema, RouteConfigurationSchema, HttpConnectionManagerSchema);
  expect(files.filter(({ name }) => /^validate\/|annotations/.test(name))).toEqual([]);
  const messages = files.flatMap(({ messages }) => messages);
  const parts = messages.flatMap(({ proto, fields }) => [proto, ...fields.map((field) => field.proto)]);
  expect(parts.filter(({ options }) => (options?.$unknown?.length ?? 0) > 0)).toEqual([]);
  expect(ClusterSchema.field.maxRequestsPerConnection?.deprecated).toBe(true);
});
