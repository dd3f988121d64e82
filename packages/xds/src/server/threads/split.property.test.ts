import { SecretText } from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Dialect } from "../../session/protocol.ts";
import { viewId } from "../../snapshot/ids.ts";
import { resourceOf, typeNamed } from "../../testing/resources.ts";
import { createSplitServer, endpointsOf, type SplitStream } from "../../testing/split-server.ts";
import type { StreamReport } from "../stream-home.ts";

const at = fc.nat({ max: 11 });
const happening = fc.oneof(
  fc.record({ kind: fc.constant("open" as const), at, dialect: fc.constantFrom<Dialect>("sotw", "delta") }),
  // Streams that are alike, as most are: they share responses.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crowd" as const),
      at,
      /** They ask for load assignments alone, at first. */
      lean: fc.boolean(),
      dialect: fc.constantFrom<Dialect>("sotw", "delta"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("widen" as const), but: at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("answers" as const), but: at }) },
  fc.record({ kind: fc.constant("ask" as const), at, type: fc.constantFrom("CDS", "EDS", "SDS"), name: at }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("answer" as const), at, bad: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("change" as const), at, name: at, version: at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("settle" as const) }) },
  fc.record({ kind: fc.constant("secret" as const), version: at }),
  fc.record({ kind: fc.constant("cancel" as const), at }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("deliver" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "arrive" as const,
        "arrive" as const,
        "flush" as const,
        "up" as const,
        "down" as const,
        "wake" as const,
      ),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer Each> ? Each : never;

interface Client {
  readonly dialect: Dialect;
  readonly stream: SplitStream;
  /** By type. */
  readonly names: Map<string, string[]>;
}

const VIEWS = 2;
const NAMES = 4;

async function play(happenings: readonly Happening[]): Promise<void> {
  let nowMs = 0;
  const server = createSplitServer(() => nowMs);
  const streams: Client[] = [];
  const contents = Array.from({ length: VIEWS }, () => new Map<number, number>());

  function publish(view: number): void {
    const resources = [...(contents[view] ?? [])].flatMap(([name, version]) => [
      resourceOf("CDS", `c${name}`, `${version}`, [{ typeUrl: typeNamed("EDS").typeUrl, name: `c${name}` }]),
      resourceOf("EDS", `c${name}`, `${version % 3}`),
    ]);
    server.store.set(
      endpointsOf(viewId(`v${view}`)),
      resources.filter(({ typeUrl }) => typeUrl === typeNamed("EDS").typeUrl),
    );
    server.store.set(viewId(`v${view}`), resources);
  }

  function open(dialect: Dialect, node: number): Client {
    const stream = server.open(dialect, `v${node % VIEWS}/n${node}`);
    const opened: Client = { dialect, stream, names: new Map() };
    streams.push(opened);
    return opened;
  }

  function answer({ dialect, stream, names }: Client, bad: number | undefined): void {
    const response = stream.responses.shift();
    if (response === undefined) return;
    const type = ["CDS", "EDS", "SDS"].find((short) => typeNamed(short).typeUrl === response.typeUrl) ?? "";
    const error = bad === undefined ? undefined : `c${bad % NAMES} is bad`;
    // In delta names would be asked for anew.
    stream.say({ type, names: (dialect === "sotw" && names.get(type)) || [], nonce: response.nonce, error });
  }

  async function happen(each: Exclude<Happening, { readonly kind: "deliver" }>): Promise<void> {
    const chosen = streams["at" in each ? each.at % Math.max(1, streams.length) : 0];
    const { stream, names } = chosen ?? {};
    switch (each.kind) {
      case "open":
        open(each.dialect, each.at % 6);
        return;
      case "crowd": {
        const crowd = [0, 2, 4].map((node) => open(each.dialect, node + (each.at % VIEWS)));
        for (const { stream: one, names: asked } of crowd) {
          if (!each.lean) {
            one.say({ type: "CDS", names: [], nonce: "" });
            asked.set("CDS", []);
          }
          asked.set("EDS", ["c0", "c1", "c2"]);
          one.say({ type: "EDS", names: ["c0", "c1", "c2"], nonce: "" });
        }
        return;
      }
      case "widen":
        for (const [place, { stream: one, names: asked }] of streams.entries()) {
          if (place === each.but || asked.has("CDS")) continue;
          one.say({ type: "CDS", names: [], nonce: "" });
          asked.set("CDS", []);
        }
        return;
      case "answers":
        for (const [place, one] of streams.entries()) answer(one, place === each.but ? each.but : undefined);
        return;
      case "settle":
        do {
          for (const one of streams) answer(one, undefined);
          await server.deliver();
        } while (streams.some((one) => one.stream.responses.length > 0));
        return;
      case "arrive":
      case "flush":
      case "up":
      case "down":
      case "wake":
        await server[each.kind]();
        return;
      case "ask": {
        const asked = names?.get(each.type) ?? [];
        const name = each.type === "SDS" ? "default" : `c${each.name % (NAMES + 1)}`;
        names?.set(each.type, [...new Set([...asked, name])]);
        stream?.say({ type: each.type, names: names?.get(each.type) ?? [], nonce: "" });
        return;
      }
      case "answer":
        if (chosen !== undefined) answer(chosen, each.bad ? each.at : undefined);
        return;
      case "change": {
        const view = contents[each.at % VIEWS];
        if (each.version === 0) view?.delete(each.name % NAMES);
        else view?.set(each.name % NAMES, each.version);
        publish(each.at % VIEWS);
        return;
      }
      case "secret": {
        const text = `v${each.version}`;
        const privateKey = new SecretText(text);
        server.renew({ kind: "certificate", certificateChain: text, privateKey, notAfterMs: 0 });
        return;
      }
      case "cancel":
        stream?.cancel();
    }
  }

  for (const view of contents.keys()) publish(view);
  for (const each of happenings) {
    nowMs++;
    if (each.kind === "deliver") {
      await server.deliver();
      expect(server.mirrored()).toEqual(server.own());
    } else {
      await happen(each);
      // What is under way only makes it late: it says of none that it is further than it is.
      const own = new Map(server.own().map((connection) => [connection.stream, connection.appliedRevision]));
      for (const { stream, appliedRevision } of server.mirrored()) {
        expect(appliedRevision).toBeLessThanOrEqual(own.get(stream) ?? Number.POSITIVE_INFINITY);
      }
    }
  }
  await server.deliver();
  expect(server.mirrored()).toEqual(server.own());
  expect(byStream(server.heard)).toEqual(byStream(server.told));
  for (const { stream } of streams) stream.cancel();
  await server.deliver();
  expect([server.mirrored(), server.held(), server.renew({ kind: "trust", rootCertificates: "" })]).toEqual([[], 0, 0]);
}

/** Streams of one thread are told about in the order in which things happened on each. */
function byStream(reports: readonly StreamReport[]): ReadonlyMap<number, readonly StreamReport[]> {
  const streams = new Map<number, StreamReport[]>();
  for (const report of reports) {
    if (report.kind === "refused") continue;
    const { stream } = report.kind === "stream-opened" ? report.connection : report;
    streams.set(stream, [...(streams.get(stream) ?? []), report]);
  }
  return streams;
}

test("streams whose home is another thread: all that crosses survives structuredClone, and the home knows what they know", async () => {
  await fc.assert(fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 80 }), play), { numRuns: 300 });
}, 60_000);
