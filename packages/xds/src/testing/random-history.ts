import fc from "fast-check";
import type { Dialect } from "../session/protocol.ts";
import { createHistory, type Happening, type History, type HistoryOptions } from "./history.ts";
import type { Rejects } from "./model-client.ts";
import { SUBSCRIBED_TYPES } from "./subscriber.ts";

const number = fc.nat({ max: 40 });
const changes: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("service"), at: number, version: number }),
  fc.record({ kind: fc.constant("endpoints"), at: number, version: number }),
  fc.record({ kind: fc.constant("route"), at: number, to: fc.array(number, { maxLength: 3 }), version: number }),
  fc.record({ kind: fc.constant("listener"), at: number, version: number }),
);
const travel: fc.Arbitrary<Happening> = fc.constantFrom(
  { kind: "deliver" },
  { kind: "upload" },
  { kind: "deliver" },
  { kind: "upload" },
  { kind: "stall" },
);
/** All that is under way arrives: without it few histories get beyond their first responses. */
const rest: fc.Arbitrary<Happening> = fc.constant({ kind: "rest" });
const breaks: fc.Arbitrary<Happening> = fc.constantFrom({ kind: "reconnect" }, { kind: "restart" });
const type = fc.constantFrom(...SUBSCRIBED_TYPES);
const subscriptions: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("open"), type }),
  fc.record({ kind: fc.constant("subscribe"), type, at: number }),
  fc.record({ kind: fc.constant("subscribe"), type, at: number }),
  fc.record({ kind: fc.constant("unsubscribe"), type, at: number }),
);

export interface HistoryKinds {
  readonly breaks?: boolean;
  readonly subscriptions?: boolean;
}

export function randomHistory(kinds: HistoryKinds): fc.Arbitrary<Happening[]> {
  const happening = fc.oneof(
    { weight: 6, arbitrary: changes },
    { weight: 12, arbitrary: travel },
    { weight: 1, arbitrary: rest },
    { weight: kinds.breaks ? 1 : 0, arbitrary: breaks },
    { weight: kinds.subscriptions ? 6 : 0, arbitrary: subscriptions },
  );
  // Without a size arrays stay at some ten.
  return fc.array(happening, { maxLength: 80, size: "max" });
}

/** What a history is played for. Each gives what is wrong, in words; nothing where all is well. */
export interface HistoryProperty {
  readonly name: string;
  readonly kinds: HistoryKinds;
  play(dialect: Dialect, happenings: readonly Happening[]): readonly string[];
}

function played(options: HistoryOptions, happenings: readonly Happening[]): { history: History; responses: number } {
  const history = createHistory(options);
  for (const happening of happenings) history.happen(happening);
  return { history, responses: history.finish() };
}

/** After the end of a history: nothing is left to be said, and nothing is said. */
function unrest(history: History): string[] {
  return [
    ...(history.settled ? [] : ["the session is not settled"]),
    ...(history.finish() === 0 ? [] : ["responses are sent although nothing changes"]),
  ];
}

function differences(actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  return [...new Set([...actual.keys(), ...expected.keys()])]
    .sort()
    .filter((key) => actual.get(key) !== expected.get(key))
    .map((key) => `${key} is ${actual.get(key) ?? "not there"}, and should be ${expected.get(key) ?? "gone"}`);
}

/** What a client that behaves like Envoy uses: all clusters and listeners, and what these name. */
function used(wished: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...wished].filter(([key]) => {
      const [short = "", name = ""] = key.split(" ");
      return short !== "RDS" || wished.has(`LDS l${name.slice(1)}`);
    }),
  );
}

export const convergence: HistoryProperty = {
  name: "convergence: after any history the client has what the snapshot holds of what it asks for, and idle sends nothing",
  kinds: { breaks: true },
  play(dialect, happenings) {
    const { history } = played({ dialect, bad: false }, happenings);
    return [
      ...differences(history.client.state(), used(history.wished())),
      ...[...history.client.warming].map((name) => `${name} is still warming`),
      ...unrest(history),
    ];
  },
};

export const makeBeforeBreak: HistoryProperty = {
  name: "make before break: at no time does a route name a cluster that is not there, or has no endpoints",
  kinds: {},
  play: (dialect, happenings) => played({ dialect, bad: false }, happenings).history.client.complaints,
};

export const makeBeforeBreakAgain: HistoryProperty = {
  name: "make before break: a client that comes back and says what it has loses no cluster to which its routes lead",
  kinds: { breaks: true },
  play(dialect, happenings) {
    // In SotW it does not say that, and what it is not given in the first response is gone.
    if (dialect === "sotw") return [];
    const { complaints } = played({ dialect, bad: false }, happenings).history.client;
    return complaints.filter((complaint) => complaint.endsWith("not there"));
  },
};

/** Bad versions that the client uses, and good ones that it does not. */
function misused(history: History): string[] {
  const state = history.client.state();
  return [...history.wished()].flatMap(([key, version]) => {
    const parent = key.replace(/^EDS/, "CDS").replace(/^RDS r/, "LDS l");
    const has = state.get(key);
    const isWrong = version.startsWith("bad") ? has === version : state.has(parent) && has !== version;
    return isWrong ? [`${key} is ${has ?? "not there"}; the snapshot holds ${version}`] : [];
  });
}

export function containment(rejects: Rejects): HistoryProperty {
  return {
    name: `a bad version is never used, and holds nothing else back (rejected: ${rejects})`,
    kinds: {},
    play(dialect, happenings) {
      const { history, responses } = played({ dialect, rejects, bad: true }, happenings);
      const state = history.client.state();
      const wished = history.wished();
      const wrong = misused(history);
      // A cluster stays while the last good version of a rejected route may use it.
      const mayStay = [...wished].some(([key, version]) => key.startsWith("RDS") && version.startsWith("bad"));
      for (const key of state.keys()) {
        if (wished.has(key) || !/^[CL]DS/.test(key) || (mayStay && key.startsWith("CDS"))) continue;
        wrong.push(`${key} is there, and should be gone`);
      }
      if (responses >= 100) wrong.push(`${responses} responses were needed to end it`);
      return [...wrong, ...unrest(history)];
    },
  };
}

export const keeping: HistoryProperty = {
  name: "P-13 who rejects the newest version keeps what it accepted, and all else is as it should be, also over reconnects",
  kinds: { breaks: true },
  play(dialect, happenings) {
    const { history } = played({ dialect, bad: true }, happenings);
    return [...misused(history), ...history.lost, ...unrest(history)];
  },
};

export const subscription: HistoryProperty = {
  name: "subscription: after any history the client has what it asks for and nothing else, whatever it asked for before",
  kinds: { breaks: true, subscriptions: true },
  play(dialect, happenings) {
    const { history } = played({ dialect, client: "subscriber", bad: false }, happenings);
    const { subscriber } = history;
    const wished = history.wished();
    const wanted = new Map(
      [...wished].filter(([key]) => {
        const [short = "", name = ""] = key.split(" ");
        return subscriber.wants(short as "CDS", name);
      }),
    );
    // SotW has no words for endpoints and routes that went.
    const untold = (key: string) => dialect === "sotw" && /^[ER]DS/.test(key) && !wished.has(key);
    const state = new Map([...subscriber.state()].filter(([key]) => !untold(key)));
    return [...differences(state, wanted), ...subscriber.complaints, ...unrest(history)];
  },
};

export const dialectsAgree: HistoryProperty = {
  name: "dialects agree: the same history ends in the same state",
  kinds: { breaks: true },
  play(_dialect, happenings) {
    const [sotw, delta] = (["sotw", "delta"] as const).map((dialect) =>
      played({ dialect, bad: false }, happenings).history.client.state(),
    );
    return differences(sotw ?? new Map(), delta ?? new Map());
  },
};

export const streamsAgree: HistoryProperty = {
  name: "P-84 streams agree: one for everything and one for each type end in the same state",
  kinds: { breaks: true },
  play(dialect, happenings) {
    const [aggregated, separate] = (["aggregated", "separate"] as const).map((streams) =>
      played({ dialect, bad: false, streams }, happenings),
    );
    if (aggregated === undefined || separate === undefined) return ["nothing was played"];
    return [
      ...differences(separate.history.client.state(), aggregated.history.client.state()),
      ...differences(separate.history.client.state(), used(separate.history.wished())),
      ...unrest(separate.history),
    ];
  },
};

export const historyProperties: readonly HistoryProperty[] = [
  convergence,
  makeBeforeBreak,
  makeBeforeBreakAgain,
  containment("each"),
  containment("named"),
  containment("whole"),
  keeping,
  subscription,
  streamsAgree,
];
