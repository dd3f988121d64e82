import {
  applyBatch,
  defaultMeshSettings,
  emptySnapshot,
  type Hostname,
  hostsWithoutService,
  hostsWithoutVip,
  type MeshSnapshot,
  type ObjectKey,
  parseCidr,
  vipAddress,
} from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { objectsOf } from "../testing/claims.ts";
import { documents, serviceEntry } from "../testing/mesh-folder.ts";
import { allocateVips, type VipState } from "./allocate.ts";
import { vipProblems } from "./problems.ts";

function pool(text: string) {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** A mesh of host names under a clock. */
function mesh(bindPool = "127.255.0.0/16") {
  let snapshot: MeshSnapshot = emptySnapshot({ ...defaultMeshSettings(), bindPool: pool(bindPool) });
  let state: VipState = { tombstones: new Map(), waiting: new Set() };
  let now = 0;
  let acknowledged = Number.POSITIVE_INFINITY;
  const apply = (added: readonly string[], removed: readonly string[]) => {
    const revision = snapshot.revision + 1;
    const objects = applyBatch(snapshot, {
      revision,
      upserted: added.flatMap((text) => objectsOf(text)),
      removed: removed.map((name) => `ServiceEntry/shop/${name}` as ObjectKey),
      vips: new Map(),
    });
    const wanting = new Set([...hostsWithoutVip(objects.snapshot), ...state.waiting]);
    const demand = { wanting: [...wanting], leaving: hostsWithoutService(objects.snapshot) };
    const terms = { revision, nowMs: now, dnsTtlMs: 30_000, acknowledged: (of: number) => of <= acknowledged };
    const allocation = allocateVips(state, objects.snapshot, demand, terms);
    state = allocation.state;
    snapshot = applyBatch(objects.snapshot, { revision, upserted: [], removed: [], vips: allocation.vips }).snapshot;
  };
  return {
    apply,
    add: (...names: string[]) =>
      apply(
        names.map((name) => serviceEntry(name)),
        [],
      ),
    remove: (...names: string[]) => apply([], names),
    wait: (ms: number) => {
      now += ms;
    },
    acknowledgeUpTo: (revision: number) => {
      acknowledged = revision;
    },
    indexOf: (name: string) => snapshot.vips.get(`${name}.example` as Hostname),
    vips: () => new Map(snapshot.vips),
    get snapshot() {
      return snapshot;
    },
    get state() {
      return state;
    },
  };
}

const names = Array.from({ length: 40 }, (_, at) => `svc-${at}`);

test("0.12 0.22 a host has one VIP of 127.255.0.0/16 in bind mode, and the same index in the capture pool", () => {
  const m = mesh();
  m.add("reviews");
  const index = m.indexOf("reviews") ?? 0;
  expect(vipAddress(m.snapshot.settings, index, "bind")).toMatch(/^127\.255\.\d+\.\d+$/);
  expect(vipAddress(m.snapshot.settings, index, "capture")).toMatch(/^240\.240\.\d+\.\d+$/);
});

test("indexes stay while others come and go, are unique, and come back to those who left", () => {
  const steps = fc.array(fc.record({ name: fc.constantFrom(...names), there: fc.boolean(), wait: fc.nat(40_000) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (moves) => {
      const m = mesh();
      m.add(...names.slice(0, 10));
      const there = new Set(names.slice(0, 10));
      for (const move of moves) {
        const before = m.vips();
        m.wait(move.wait);
        if (move.there) m.add(move.name);
        else m.remove(move.name);
        if (move.there) there.add(move.name);
        else there.delete(move.name);
        const after = m.vips();
        expect(after.size).toBe(there.size);
        expect(new Set(after.values()).size).toBe(after.size);
        for (const [host, index] of before) if (after.has(host)) expect(after.get(host)).toBe(index);
      }
    }),
    { numRuns: 30 },
  );
});

test("two meshes that start from the same names agree, whatever the order", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
      const [a, b] = [mesh("127.255.0.0/26"), mesh("127.255.0.0/26")];
      a.add(...names);
      b.add(...shuffled);
      expect(b.vips()).toEqual(a.vips());
    }),
    { numRuns: 20 },
  );
});

test("a pool of six addresses: used up is a status that names the host and its place; nothing else suffers", () => {
  const m = mesh("127.255.0.0/29");
  m.add(...names.slice(0, 6));
  const before = m.vips();
  m.add("late");
  expect(m.indexOf("late")).toBeUndefined();
  expect(m.vips()).toEqual(before);
  const [problem, ...more] = vipProblems(m.state, m.snapshot);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code: "PTL1407", severity: "error", object: "ServiceEntry/shop/late" });
  expect(problem?.message).toContain("late.example has no VIP: all 6 addresses of 127.255.0.0/29");
});

test("an index is not given to another before the DNS TTL has passed and every proxy has acknowledged its removal", () => {
  const m = mesh("127.255.0.0/29");
  m.add(...names.slice(0, 6));
  const freed = m.indexOf("svc-3");
  m.remove("svc-3");
  const removal = m.snapshot.revision;
  m.acknowledgeUpTo(removal);
  m.add("late");
  m.wait(29_999);
  m.apply([], []);
  expect(m.indexOf("late"), "before the TTL").toBeUndefined();
  m.acknowledgeUpTo(removal - 1);
  m.wait(1);
  m.apply([], []);
  expect(m.indexOf("late"), "before the acknowledgement").toBeUndefined();
  m.acknowledgeUpTo(removal);
  m.apply([], []);
  expect(m.indexOf("late")).toBe(freed);
  expect(vipProblems(m.state, m.snapshot)).toEqual([]);
});

test("a host that comes back has its index again, although nothing was acknowledged", () => {
  const m = mesh("127.255.0.0/29");
  m.add(...names.slice(0, 6));
  const index = m.indexOf("svc-3");
  m.remove("svc-3");
  m.acknowledgeUpTo(0);
  m.add("late", "svc-3");
  expect(m.indexOf("svc-3")).toBe(index);
  expect(m.indexOf("late")).toBeUndefined();
});

test("given addresses are set aside before any allocation", () => {
  const probe = mesh("127.255.0.0/24");
  probe.add("reviews");
  const wanted = vipAddress(probe.snapshot.settings, probe.indexOf("reviews") ?? 0, "bind");
  const m = mesh("127.255.0.0/24");
  m.apply([serviceEntry("reviews"), serviceEntry("given", { address: wanted })], []);
  expect(m.indexOf("reviews")).not.toBe(probe.indexOf("reviews"));
  expect([...m.snapshot.problems.values()].flat()).toEqual([]);
});

test("an address given later on an allocated one is reported, naming both", () => {
  const m = mesh();
  m.add("reviews");
  const taken = vipAddress(m.snapshot.settings, m.indexOf("reviews") ?? 0, "bind");
  m.apply([serviceEntry("late", { address: taken })], []);
  const problems = [...m.snapshot.problems.values()].flat();
  expect(problems.map(({ severity }) => severity)).toEqual(["error"]);
  expect(problems[0]?.message).toContain("ServiceEntry/shop/late");
  expect(problems[0]?.message).toContain("reviews.example");
});

test("one document per host: many at once get an index each", () => {
  const m = mesh();
  m.apply([documents(...Array.from({ length: 300 }, (_, at) => serviceEntry(`n${at}`)))], []);
  expect(new Set(m.vips().values()).size).toBe(300);
});
