import { expect, test } from "vitest";
import { type FileReading, nothingTaken, observe, type SettleOptions, type Sighting, take } from "./settle.ts";

const options: SettleOptions = { settleMs: 20, graceMs: 300, maxSettleMs: 500 };

/** A folder under a clock: what is put there, and what comes out at each look. */
function folder() {
  let state = nothingTaken;
  let listing = new Map<string, Sighting>();
  const texts = new Map<string, string>();
  let writes = 0;
  return {
    /** `inode` stays for a write in place, and is another for a rename. */
    put(path: string, text: string, inode = path, ageMs = 0) {
      const sighting = { stamp: `${++writes}`, inode, size: text.length, ageMs };
      listing = new Map(listing).set(path, sighting);
      texts.set(path, text);
    },
    lock(path: string, reason: string) {
      listing = new Map(listing).set(path, { stamp: reason, inode: "", size: 0, ageMs: 0, unreadable: reason });
    },
    remove(path: string) {
      listing = new Map(listing);
      listing.delete(path);
    },
    look(nowMs: number): Record<string, string> {
      const observed = observe(state, listing, nowMs, options);
      const read = observed.rested.map((path): FileReading => {
        const sighting = listing.get(path);
        if (sighting === undefined) return { kind: "gone", path };
        if (sighting.unreadable !== undefined) return { kind: "unreadable", path, reason: sighting.unreadable };
        return { kind: "text", path, text: texts.get(path) ?? "" };
      });
      const taken = take(observed.state, read, nowMs, options);
      state = taken.state;
      return Object.fromEntries(taken.readings.map((one) => [one.path, one.kind === "text" ? one.text : one.kind]));
    },
  };
}

test("what was there, untouched, before anybody looked is taken at once", () => {
  const f = folder();
  f.put("a.yaml", "a\n", "1", 1000);
  f.put("b.yaml", "no end of line", "2", 1000);
  expect(f.look(0)).toEqual({ "a.yaml": "a\n", "b.yaml": "no end of line" });
  expect(f.look(1)).toEqual({});
});

test("F-22 a file that is being written is not taken before it was left alone", () => {
  const f = folder();
  f.put("a.yaml", "half\n");
  expect(f.look(0)).toEqual({});
  f.put("a.yaml", "half\nwhole\n");
  expect(f.look(19)).toEqual({});
  expect(f.look(38)).toEqual({});
  expect(f.look(39)).toEqual({ "a.yaml": "half\nwhole\n" });
});

test.each([
  { name: "empty", text: "" },
  { name: "without an end of line", text: "one\ntwo\nthre" },
  { name: "shorter than before", text: "one\n" },
])("F-22 content that is $name may be cut off, and waits longer", ({ text }) => {
  const f = folder();
  f.put("a.yaml", "one\ntwo\n", "1", 1000);
  f.look(0);
  f.put("a.yaml", text, "1");
  expect(f.look(100)).toEqual({});
  expect(f.look(399)).toEqual({});
  expect(f.look(400)).toEqual({ "a.yaml": text });
});

test("a shorter file that took the name of another is complete", () => {
  const f = folder();
  f.put("a.yaml", "one\ntwo\n", "1", 1000);
  f.look(0);
  f.put("a.yaml", "one\n", "2");
  f.look(100);
  expect(f.look(120)).toEqual({ "a.yaml": "one\n" });
});

test("F-22 files that change together are taken together: a rename is one settle", () => {
  const f = folder();
  f.put("a.yaml", "a\n", "1", 1000);
  f.look(0);
  f.remove("a.yaml");
  expect(f.look(100)).toEqual({});
  f.put("b.yaml", "a\n", "1");
  expect(f.look(110)).toEqual({});
  expect(f.look(120)).toEqual({});
  expect(f.look(130)).toEqual({ "a.yaml": "gone", "b.yaml": "a\n" });
});

test("a file that never comes to rest does not hold up the others for ever, and is not taken", () => {
  const f = folder();
  f.put("quiet.yaml", "q\n", "1");
  const taken: Record<string, string>[] = [];
  for (let now = 0; now <= 1000; now += 10) {
    f.put("busy.yaml", `${now}\n`, "2");
    taken.push(f.look(now));
  }
  expect(taken.filter((one) => Object.keys(one).length > 0)).toEqual([{ "quiet.yaml": "q\n" }]);
});

test("F-22 100 replacements a second: each is complete, so the newest is taken now and then", () => {
  const f = folder();
  f.put("a.yaml", "0\n", "0", 1000);
  f.look(0);
  const taken: string[] = [];
  for (let now = 10; now <= 2000; now += 10) {
    f.put("a.yaml", `${now}\n`, `${now}`);
    taken.push(...Object.values(f.look(now)));
  }
  expect(taken).toEqual(["510\n", "1020\n", "1530\n"]);
});

test("a file that goes and comes back between two looks is no removal", () => {
  const f = folder();
  f.put("a.yaml", "1\n", "1", 1000);
  f.look(0);
  f.remove("a.yaml");
  expect(f.look(100)).toEqual({});
  f.put("a.yaml", "2\n", "2");
  expect(f.look(110)).toEqual({});
  expect(f.look(130)).toEqual({ "a.yaml": "2\n" });
});

test("what lies in a folder that cannot be listed is not gone", () => {
  const f = folder();
  f.put("mesh/a.yaml", "a\n", "1", 1000);
  f.put("mesh2.yaml", "b\n", "2", 1000);
  f.look(0);
  f.remove("mesh/a.yaml");
  f.remove("mesh2.yaml");
  f.lock("mesh", "permission denied");
  f.look(100);
  expect(f.look(120)).toEqual({ mesh: "unreadable", "mesh2.yaml": "gone" });
  f.remove("mesh");
  f.look(200);
  expect(f.look(220)).toEqual({ "mesh/a.yaml": "gone", mesh: "gone" });
});
