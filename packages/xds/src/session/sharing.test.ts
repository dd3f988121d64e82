import fc from "fast-check";
import { expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { layerId, viewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import type {
  Dialect,
  RejectedResource,
  SessionEffect,
  SessionEvent,
  SessionRequest,
  SessionResponse,
} from "./protocol.ts";
import { createSession, type Session } from "./session.ts";
import { createSharedNews } from "./shared-news.ts";

const STREAMS = 4;
const NAMES = ["a", "b", "c", "d"];
// The same array each time, as from a server that decodes each list once.
const LISTS: readonly (readonly string[])[] = [["a", "b", "c", "d"], ["a", "b"], ["c"], ["*"], ["d", "*"], []];
const TYPES = ["CDS", "EDS", "LDS", "RDS"] as const;
const VERSIONS: readonly ReadonlyMap<string, string>[] = [
  new Map([["a", "1"]]),
  new Map(NAMES.map((name) => [name, "1"])),
  new Map(),
];

const stream = fc.nat({ max: STREAMS - 1 });
const list = fc.constantFrom(...LISTS);
const type = fc.constantFrom(...TYPES);
/** What most streams do at the same time, and what one does alone. */
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("store" as const),
      type,
      name: fc.constantFrom(...NAMES),
      version: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      type,
      list,
      known: fc.constantFrom(...VERSIONS),
      to: fc.option(stream),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), type, list, to: fc.option(stream) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("answer" as const), type, to: fc.option(stream) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reject" as const), type, to: stream, naming: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sleep" as const), to: stream }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wake" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), to: stream }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer Kind> ? Kind : never;

/** One stream twice: with what it shares with others, and alone. Each step must tell the same. */
function createTwins(dialect: Dialect, rejections: RejectedResource[], open: (shared: boolean) => Session) {
  const twins = [open(true), open(false)] as const;
  const nonces = new Map<string, { readonly nonce: string; readonly response: SessionResponse }>();
  let nonce = 0;

  function step(event: SessionEvent): void {
    const [here, alone] = twins.map((session) => session.step(event, 1)) as [
      readonly SessionEffect[],
      readonly SessionEffect[],
    ];
    expect(here.map(described)).toEqual(alone.map(described));
    void twins.map(({ settled }) => settled);
    for (const effect of here) {
      if (effect.kind === "rejected") rejections.push(...effect.resources);
      if (effect.kind !== "send") continue;
      nonces.set(effect.response.typeUrl, { nonce: String(++nonce), response: effect.response });
      step({ kind: "written", nonce: String(nonce) });
      step({ kind: "drained" });
    }
  }

  function request(
    short: string,
    rest: {
      readonly names?: readonly string[];
      readonly gone?: readonly string[];
      readonly error?: string;
      readonly known?: ReadonlyMap<string, string>;
    },
  ): void {
    const { typeUrl } = typeNamed(short);
    const before = nonces.get(typeUrl)?.nonce ?? "";
    const { names = [], gone = [], error, known = new Map() } = rest;
    const asked: SessionRequest =
      dialect === "sotw"
        ? { kind: "sotw", typeUrl, names, nonce: before, error }
        : { kind: "delta", typeUrl, subscribe: names, unsubscribe: gone, initialVersions: known, nonce: before, error };
    step({ kind: "request", request: asked });
  }

  return {
    step,
    request,
    last: (short: string) => nonces.get(typeNamed(short).typeUrl)?.response,
    states: () => twins.map((session) => session.status()),
    settled: () => twins.map(({ settled }) => settled),
  };
}

function described(effect: SessionEffect): unknown {
  if (effect.kind !== "send") return effect;
  const { resources, removed, ...rest } = effect.response;
  const told = resources.map(({ name, version, bytes, offset, length }) => [
    name,
    version,
    String(bytes?.slice(offset, offset + length)),
  ]);
  return { ...rest, resources: told.sort(), removed: [...removed].sort() };
}

function play(dialect: Dialect, happenings: readonly Happening[]): void {
  const store = createSnapshotStore({ segmentBytes: 256 });
  const replica = createSnapshotReplica({ logLimit: 8 });
  const common = layerId("common");
  const shared = createSharedNews();
  // Two views that agree in all but a layer of their own.
  const views = [viewId("v0"), viewId("v1")];
  store.subscribe((message) => void replica.apply(message));
  store.update({ revision: 1, views: views.map((view, at) => ({ view, layers: [common, layerId(`own-${at}`)] })) });
  const rejections = Array.from({ length: STREAMS }, (): RejectedResource[] => []);
  const open = (at: number) => {
    const known = rejections[at] ?? [];
    return createTwins(dialect, known, (isShared) =>
      createSession({
        dialect,
        replica,
        view: views[at % 2] ?? viewId(""),
        secrets: [],
        rejections: [...known],
        ...(isShared ? { shared } : {}),
      }),
    );
  };
  const streams = Array.from({ length: STREAMS }, (_, at) => open(at));
  const listed = new Map<string, readonly string[]>();
  const asleep = new Set<number>();
  let revision = 1;

  const wake = () => {
    for (const [at, each] of streams.entries()) if (!asleep.has(at)) each.step({ kind: "changed" });
  };
  const those = (to: number | null) =>
    streams.map((each, at) => ({ each, at })).filter(({ at }) => to === null || to === at);
  for (const happened of happenings) {
    switch (happened.kind) {
      case "store": {
        const { type: short, name, version } = happened;
        const { typeUrl } = typeNamed(short);
        const below = { CDS: "EDS", LDS: "RDS", RDS: "CDS" }[short as string];
        const references = below === undefined ? [] : [{ typeUrl: typeNamed(below).typeUrl, name }];
        const layer = short === "LDS" && name === "a" ? layerId("own-1") : common;
        store.update({
          revision: ++revision,
          layers: [
            version === 0
              ? { layer, set: [], removed: [{ typeUrl, name }] }
              : { layer, set: [resourceOf(short, name, String(version), references)], removed: [] },
          ],
        });
        wake();
        break;
      }
      case "ask":
        for (const { each, at } of those(happened.to)) {
          listed.set(`${at} ${happened.type}`, happened.list);
          each.request(happened.type, { names: happened.list, known: happened.known });
        }
        break;
      case "leave":
        for (const { each, at } of those(happened.to)) {
          listed.set(`${at} ${happened.type}`, []);
          each.request(happened.type, { gone: happened.list });
        }
        break;
      case "answer":
        for (const { each, at } of those(happened.to)) {
          if (each.last(happened.type) === undefined) continue;
          each.request(happened.type, dialect === "sotw" ? { names: listed.get(`${at} ${happened.type}`) ?? [] } : {});
        }
        break;
      case "reject": {
        const each = streams[happened.to];
        const bad = each?.last(happened.type)?.resources[0]?.name;
        if (bad === undefined) break;
        const names = dialect === "sotw" ? (listed.get(`${happened.to} ${happened.type}`) ?? []) : [];
        each?.request(happened.type, { names, error: happened.naming ? `bad: ${bad}` : "bad" });
        break;
      }
      case "sleep":
        asleep.add(happened.to);
        break;
      case "wake":
        asleep.clear();
        wake();
        break;
      case "again":
        streams[happened.to] = open(happened.to);
        for (const short of TYPES) listed.delete(`${happened.to} ${short}`);
        break;
    }
  }
  for (const { states, settled } of streams) {
    const [here, alone] = states();
    expect(here).toEqual(alone);
    const [isSettled, isSettledAlone] = settled();
    expect(isSettled).toBe(isSettledAlone);
  }
}

for (const dialect of ["sotw", "delta"] as const) {
  test(`P-46 ${dialect}: a stream that shares with others is told what it would be told alone`, () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60, size: "max" }), (happenings) => play(dialect, happenings)),
      { numRuns: 300 },
    );
  });
}

test("a removal that one stream may be told waits for another that still uses what refers to it", () => {
  const all = ["a"];
  play("delta", [
    { kind: "store", type: "EDS", name: "a", version: 1 },
    { kind: "store", type: "CDS", name: "a", version: 1 },
    { kind: "ask", type: "CDS", list: ["*"], known: new Map(), to: null },
    { kind: "answer", type: "CDS", to: null },
    { kind: "ask", type: "EDS", list: all, known: new Map(), to: null },
    { kind: "answer", type: "EDS", to: null },
    { kind: "store", type: "CDS", name: "a", version: 0 },
    { kind: "answer", type: "CDS", to: 0 },
    { kind: "store", type: "EDS", name: "a", version: 0 },
    { kind: "wake" },
  ]);
});

test("P-68 a cluster that all are told anew brings its endpoints to all", () => {
  for (const dialect of ["sotw", "delta"] as const) {
    const known = new Map<string, string>();
    play(dialect, [
      { kind: "store", type: "EDS", name: "a", version: 1 },
      { kind: "store", type: "CDS", name: "a", version: 1 },
      { kind: "ask", type: "CDS", list: ["*"], known, to: null },
      { kind: "answer", type: "CDS", to: null },
      { kind: "ask", type: "EDS", list: ["a"], known, to: null },
      { kind: "answer", type: "EDS", to: null },
      { kind: "store", type: "CDS", name: "a", version: 2 },
      { kind: "answer", type: "CDS", to: null },
      { kind: "wake" },
    ]);
  }
});

test("what one client rejected is not told again because another was told it", () => {
  for (const dialect of ["sotw", "delta"] as const) {
    const list = LISTS[1] ?? [];
    const both = { known: new Map<string, string>(), to: null } as const;
    play(dialect, [
      { kind: "store", type: "EDS", name: "a", version: 1 },
      { kind: "ask", type: "EDS", list, ...both },
      { kind: "reject", type: "EDS", to: 0, naming: true },
      { kind: "answer", type: "EDS", to: null },
      { kind: "again", to: 1 },
      { kind: "ask", type: "EDS", list, known: new Map(), to: 1 },
      { kind: "again", to: 0 },
      { kind: "ask", type: "EDS", list, known: new Map(), to: 0 },
    ]);
  }
});

test("what one stream is told waits for another that lacks what it refers to", () => {
  const known = new Map<string, string>();
  play("delta", [
    { kind: "store", type: "EDS", name: "a", version: 1 },
    { kind: "store", type: "EDS", name: "b", version: 1 },
    { kind: "store", type: "CDS", name: "b", version: 1 },
    { kind: "ask", type: "CDS", list: ["*"], known, to: null },
    { kind: "ask", type: "RDS", list: LISTS[1] ?? [], known, to: null },
    { kind: "answer", type: "RDS", to: null },
    { kind: "answer", type: "CDS", to: 0 },
    { kind: "store", type: "CDS", name: "a", version: 1 },
    { kind: "answer", type: "CDS", to: 0 },
    { kind: "store", type: "RDS", name: "a", version: 1 },
    { kind: "answer", type: "CDS", to: null },
  ]);
});
