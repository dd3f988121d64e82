import { type DecodedDocument, decodeDocument, splitDocuments } from "@portolan/config";
import { expect, test } from "vitest";
import { namespace } from "../../testing/claims.ts";
import { documents, serviceEntry } from "../../testing/mesh-folder.ts";
import { applyFiles, type FileChange, noFiles } from "./decode.ts";
import { emptyContent, nextContent, undecoded } from "./document.ts";

/** Files in memory: what a settle of them says, in short, and how many documents were decoded for it. */
function mesh() {
  let state = noFiles;
  return (files: Readonly<Record<string, string | undefined>>, unreadable?: string) => {
    let count = 0;
    const changes = Object.entries(files).map(([path, text]): FileChange => {
      if (unreadable !== undefined) return { kind: "unreadable", path, reason: unreadable };
      if (text === undefined) return { kind: "gone", path };
      const before = state.files.get(path) ?? emptyContent;
      const slices = splitDocuments(text);
      const decoded = new Map<string, DecodedDocument>();
      for (const slice of undecoded(before, slices)) {
        count++;
        decoded.set(slice.text, decodeDocument(slice, { source: "files", file: path, namespace }));
      }
      return { kind: "content", path, content: nextContent(before, slices, decoded, { file: path, namespace }) };
    });
    const next = applyFiles(state, changes, "files");
    state = next.state;
    const said = next.settle.map((event) => {
      switch (event.kind) {
        case "upserted":
          return `+${event.object.meta.name} ${event.object.meta.origin.file}:${event.object.meta.origin.position?.line}`;
        case "removed":
          return `-${event.key}`;
        case "moved":
          return `>${event.key} ${event.origin.file}:${event.origin.position?.line}`;
        case "failed":
          return `!${event.place} ${event.problems.map(({ code, origin }) => `${code}@${origin.position?.line}`).join(" ")}`;
        default:
          return event.kind;
      }
    });
    return { said, count };
  };
}

const broken = "kind: [ServiceEntry\n  oops\n";

test("only documents whose text changed are decoded; those below move", () => {
  const apply = mesh();
  const [a, b, c] = ["a", "b", "c"].map((name) => serviceEntry(name)) as [string, string, string];
  expect(apply({ "m.yaml": documents(a, b, c) })).toMatchObject({ count: 3, said: { length: 3 } });
  const longer = serviceEntry("b", { endpoint: "10.0.0.2\n  - address: 10.0.0.3" });
  expect(apply({ "m.yaml": documents(a, longer, c) })).toEqual({
    count: 1,
    said: ["+b m.yaml:15", ">ServiceEntry/shop/c m.yaml:30"],
  });
});

test("a document that cannot be parsed keeps what is missing; the rest of the file applies", () => {
  const apply = mesh();
  const [a, b] = [serviceEntry("a"), serviceEntry("b")];
  apply({ "m.yaml": documents(a, b) });
  const next = apply({ "m.yaml": documents(broken, b, serviceEntry("c")) });
  expect(next.said.filter((said) => said.startsWith("-"))).toEqual([]);
  expect(next.said).toContain("+c m.yaml:18");
  expect(next.said.at(-1)).toMatch(/^!m\.yaml PTL10/);
  const mended = apply({ "m.yaml": documents(b) });
  expect(mended.said).toContain("-ServiceEntry/shop/a");
  expect(mended.said).toContain("!m.yaml ");
});

test("a rejected object keeps its last good version, as long as the document names it", () => {
  const apply = mesh();
  apply({ "m.yaml": documents(serviceEntry("a"), serviceEntry("b")) });
  const bad = serviceEntry("a", { port: 99999 });
  const next = apply({ "m.yaml": documents(bad, serviceEntry("b")) });
  expect(next.said.filter((said) => said.startsWith("-") || said.startsWith("+"))).toEqual([]);
  expect(next.said.at(-1)).toMatch(/^!m\.yaml IST0106@10/);
  expect(apply({ "m.yaml": documents(bad) }).said).toContain("-ServiceEntry/shop/b");
  expect(apply({ "m.yaml": documents(serviceEntry("b")) }).said).toContain("-ServiceEntry/shop/a");
});

test("of two documents of one object the first by path and position stands, and both are named", () => {
  const apply = mesh();
  const [first, second] = [serviceEntry("a"), serviceEntry("a", { endpoint: "10.0.0.2" })];
  expect(apply({ "b.yaml": documents(first, second) }).said).toEqual(["+a b.yaml:1", "!b.yaml PTL1402@15"]);
  expect(apply({ "a.yaml": second }).said).toEqual(["+a a.yaml:1", "!b.yaml PTL1402@15 PTL1402@1"]);
  expect(apply({ "a.yaml": undefined }).said).toEqual(["+a b.yaml:1", "!b.yaml PTL1402@15"]);
});

test("a file that goes takes its objects along, one that cannot be read keeps them", () => {
  const apply = mesh();
  apply({ "m.yaml": serviceEntry("a") });
  expect(apply({ "m.yaml": "" }, "permission denied").said).toEqual(["!m.yaml PTL1404@undefined"]);
  expect(apply({ "m.yaml": serviceEntry("a") }).said).toEqual(["!m.yaml "]);
  expect(apply({ "m.yaml": undefined }).said).toEqual(["-ServiceEntry/shop/a"]);
});

test("an object that goes from one file to another is no removal", () => {
  const apply = mesh();
  apply({ "a.yaml": serviceEntry("a") });
  expect(apply({ "a.yaml": undefined, "b.yaml": serviceEntry("a") }).said).toEqual(["+a b.yaml:1"]);
});
