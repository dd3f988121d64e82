import type { TypeUrl } from "../resource/type-url.ts";
import type { Dialect, SessionRequest, SessionResponse } from "../session/protocol.ts";
import { typeNamed } from "./resources.ts";

/** A response as the client read it. */
export interface Delivered {
  readonly response: SessionResponse;
  readonly nonce: string;
}

interface Held {
  readonly version: string;
  readonly references: readonly string[];
}

interface TypeOfClient {
  readonly typeUrl: TypeUrl;
  readonly has: Map<string, Held>;
  /** Names that it asked for; `*` for clusters and listeners. */
  wanted: Set<string>;
  /** Names of the last request on this stream. */
  asked: Set<string>;
  opened: boolean;
  nonce: string;
}

const TYPES = ["CDS", "EDS", "LDS", "RDS"] as const;
type Short = (typeof TYPES)[number];

/**
 * A client that behaves as Envoy does: all clusters and listeners, and of endpoints and routes what these name. It rejects
 * versions that say so. What it must never see is checked as it goes.
 */
export interface ModelClient {
  connect(): readonly SessionRequest[];
  receive(delivered: Delivered): readonly SessionRequest[];
  /** `CDS a` -> version, for all that it uses. */
  state(): ReadonlyMap<string, string>;
  /** Clusters that wait for endpoints. */
  readonly warming: ReadonlySet<string>;
  readonly complaints: readonly string[];
}

export interface ModelClientOptions {
  readonly dialect: Dialect;
  readonly rejects: Rejects;
}

/**
 * As Envoy does it, one way or the other. `each`: it names the clusters and listeners that are bad, and applies the others.
 * `named`: it applies nothing, and names one that is bad. `whole`: it applies nothing, and names none.
 */
export type Rejects = "each" | "named" | "whole";

export function createModelClient({ dialect, rejects }: ModelClientOptions): ModelClient {
  const types = new Map(TYPES.map((short) => [short, typeOfClient(short)]));
  const warming = new Set<string>();
  const complaints: string[] = [];

  function of(short: Short): TypeOfClient {
    return types.get(short) as TypeOfClient;
  }

  function shortOf(typeUrl: TypeUrl): Short {
    return TYPES.find((short) => of(short).typeUrl === typeUrl) as Short;
  }

  /** What clusters and listeners name now is what is asked for; what they name no more is dropped. */
  function follow(parent: Short, child: Short): void {
    const wanted = new Set([...of(parent).has.values()].flatMap(({ references }) => references));
    of(child).wanted = wanted;
    for (const name of [...of(child).has.keys()]) if (!wanted.has(name)) of(child).has.delete(name);
    if (child === "EDS") for (const name of [...warming]) if (!wanted.has(name)) warming.delete(name);
  }

  function apply(short: Short, response: SessionResponse): string | undefined {
    const { resources, removed } = response;
    const type = of(short);
    const full = dialect === "sotw" && (short === "CDS" || short === "LDS");
    if (new Set(resources.map(({ name }) => name)).size < resources.length) complaints.push(`${short}: a name twice`);
    const bad = resources.filter(({ version }) => version.startsWith("bad"));
    const partial = rejects === "each" && (short === "CDS" || short === "LDS");
    const error = bad.length === 0 ? undefined : errorOf(short, bad, partial);
    if (error !== undefined && !partial) return error;
    const kept = new Map(type.has);
    if (full) for (const name of [...type.has.keys()]) type.has.delete(name);
    for (const { name, version, references } of resources) {
      const before = kept.get(name);
      if (version.startsWith("bad")) {
        if (before !== undefined) type.has.set(name, before);
        continue;
      }
      if (!type.wanted.has("*") && !type.wanted.has(name)) continue;
      type.has.set(name, { version, references: references.map((reference) => reference.name) });
      if (short === "CDS" && before?.version !== version) for (const { name: child } of references) warming.add(child);
      if (short === "EDS") warming.delete(name);
    }
    for (const name of removed) {
      if (short === "EDS" || short === "RDS") warming.delete(name);
      type.has.delete(name);
    }
    return error;
  }

  function errorOf(short: Short, bad: SessionResponse["resources"], partial: boolean): string {
    const kind = short === "CDS" ? "cluster" : "listener";
    if (partial) return `Error adding/updating ${kind}(s) ${bad.map(({ name }) => `${name}: no`).join(", ")}`;
    const [first] = bad;
    if (rejects !== "named" || first === undefined) return "no";
    const quoted = `name: "${first.name}"\nother {\n${bad.map(({ name }) => `  name: "${name}"\n`).join("")}}\n`;
    return `${quoted}: Proto constraint validation failed (no)`;
  }

  function request(short: Short, nonce: string, error?: string): SessionRequest {
    const type = of(short);
    const { typeUrl } = type;
    const subscribe = [...type.wanted].filter((name) => !type.asked.has(name));
    const unsubscribe = [...type.asked].filter((name) => !type.wanted.has(name));
    const initialVersions = new Map(type.opened ? [] : [...type.has].map(([name, { version }]) => [name, version]));
    type.asked = new Set(type.wanted);
    type.opened = true;
    if (dialect === "sotw") return { kind: "sotw", typeUrl, names: [...type.wanted], nonce, error };
    return { kind: "delta", typeUrl, subscribe, unsubscribe, initialVersions, nonce, error };
  }

  /** Requests for names that changed, if the type is open. */
  function news(short: Short): SessionRequest[] {
    const { wanted, asked, opened, nonce } = of(short);
    if (wanted.size === 0 && !opened) return [];
    const same = opened && wanted.size === asked.size && [...wanted].every((name) => asked.has(name));
    return same ? [] : [request(short, dialect === "sotw" ? nonce : "")];
  }

  return {
    warming,
    complaints,
    connect() {
      for (const type of types.values()) {
        type.asked = new Set();
        type.opened = false;
        type.nonce = "";
      }
      // What a stream that broke left warming is asked for again by name: Envoy's initial versions leave it out.
      for (const name of warming) of("EDS").has.delete(name);
      return TYPES.filter((short) => of(short).wanted.size > 0).map((short) => request(short, ""));
    },
    receive({ response, nonce }) {
      const short = shortOf(response.typeUrl);
      const error = apply(short, response);
      of(short).nonce = nonce;
      const requests: SessionRequest[] = [];
      if (short === "CDS") {
        follow("CDS", "EDS");
        requests.push(...news("EDS"));
      }
      if (short === "LDS") {
        follow("LDS", "RDS");
        requests.push(...news("RDS"));
      }
      requests.push(request(short, nonce, error));
      for (const [name, { references }] of of("RDS").has) {
        for (const cluster of references) {
          if (!of("CDS").has.has(cluster))
            complaints.push(`route ${name} names cluster ${cluster}, which is not there`);
          else if (!of("EDS").has.has(cluster))
            complaints.push(`route ${name} names cluster ${cluster} without endpoints`);
        }
      }
      return requests;
    },
    state() {
      return new Map(
        TYPES.flatMap((short) =>
          [...of(short).has].map(([name, { version }]) => [`${short} ${name}`, version] as const),
        ),
      );
    },
  };
}

function typeOfClient(short: Short): TypeOfClient {
  const wanted = new Set(short === "CDS" || short === "LDS" ? ["*"] : []);
  return { typeUrl: typeNamed(short).typeUrl, has: new Map(), wanted, asked: new Set(), opened: false, nonce: "" };
}
