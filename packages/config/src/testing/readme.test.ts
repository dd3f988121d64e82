import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decodeDocument, splitDocuments } from "../index.ts";
import { context, line } from "./decoding.ts";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

it("the README's example gives what the README says", () => {
  const [, file = ""] = /const file = `([^`]*)`/.exec(readme) ?? [];
  const [, said = ""] = /\/\/ (mesh\.yaml:.*)/.exec(readme) ?? [];
  const documents = splitDocuments(file).map((slice) => decodeDocument(slice, { ...context, file: "mesh.yaml" }));
  expect(documents).toMatchObject([{ objects: [], rejected: ["ServiceEntry/shop/reviews"], unreadable: false }]);
  expect(documents.flatMap(({ problems }) => problems.map((one) => line(one).replace(/error \[\w+\] /, "")))).toEqual([
    said,
  ]);
});

it("the README's mesh settings decode without a problem", () => {
  const [, file = ""] = /```yaml\n([^`]*)```/.exec(readme) ?? [];
  const [slice = { text: "", line: 1 }] = splitDocuments(file);
  const { objects, problems } = decodeDocument(slice, { ...context, file: "mesh.yaml" });
  expect(problems).toEqual([]);
  expect(objects).toMatchObject([
    {
      kind: "MeshConfig",
      trustDomain: "cluster.local",
      mode: "bind",
      ownedSuffixes: ["global"],
      serviceCidrs: ["172.21.0.0/16"],
    },
  ]);
});
