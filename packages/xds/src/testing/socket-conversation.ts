import { ClusterLoadAssignmentSchema, type DiscoveryResponse, fromBinary } from "@portolan/envoy";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import { createXdsServer } from "../server/create-xds-server.ts";
import type { Dialect } from "../session/protocol.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { layerId, viewId } from "../snapshot/ids.ts";
import { linesOf } from "./conversation.ts";
import { connectRaw, type RawResponse, type RawStream } from "./raw-client.ts";
import { resourceOf, typeNamed } from "./resources.ts";
import { parseClientLine, parseStoreLine } from "./script-line.ts";

/** Plays the scripts of `conversation.ts` between a raw client and a server, over a socket. */
export interface SocketConversations extends AsyncDisposable {
  /** Gives the script back with the server's lines as they came. */
  play(dialect: Dialect, script: string): Promise<string>;
}

const MAX_FENCES = 200;
/** A type after all others in the order: when something of it arrives, all that was to be said before it has arrived. */
const FENCE = "RTDS";

/** A script without what only the session itself can be told, or tells. Undefined: it is about nothing else. */
export function spokenOnSockets(script: string): string | undefined {
  if (/^\s*(stuck|drain|sleep|wake|secret)\b|~|=\w+\/\d|\(oversize\)/m.test(script)) return undefined;
  return linesOf(script)
    .filter((line) => !/^(report|later)\b/.test(line))
    .join("\n");
}

export async function startSocketConversations(workers: number): Promise<SocketConversations> {
  const store = createSnapshotStore();
  const server = createXdsServer({
    store,
    assign: (_peer, { cluster }) => ({ view: viewId(cluster) }),
    listen: [{ address: "127.0.0.1", port: 0 }],
    workers,
  });
  await server.start();
  let scripts = 0;

  async function play(dialect: Dialect, script: string): Promise<string> {
    const client = connectRaw(server.addresses[0]?.port ?? 0);
    const number = ++scripts;
    const view = viewId(`script${number}`);
    const layer = layerId(`script${number}`);
    const fences = layerId(`fences${number}`);
    const lines: string[] = [];
    const given = new Map<string, string>();
    let stream: RawStream;
    let names: Map<string, Set<string>>;
    let newest: Map<string, string>;
    let asked: string[];
    let fence = 0;

    function update(content: Partial<Parameters<typeof store.update>[0]>): void {
      store.update({ revision: store.revision + 1, ...content });
    }

    async function open(): Promise<void> {
      stream = client.open(dialect);
      names = new Map();
      newest = new Map();
      asked = ["changing"];
      stream.send({ type: FENCE, node: `node${number}`, cluster: view, names: asked });
      await untilFence();
    }

    /** What arrives before the next word of the fence's type. */
    async function untilFence(): Promise<void> {
      for (;;) {
        const response = await stream.next();
        const type = shortNameOf(response);
        if (type === FENCE) {
          stream.send({ type: FENCE, nonce: response.nonce, names: dialect === "sotw" ? asked : [] });
          newest.set(FENCE, response.nonce);
          return;
        }
        newest.set(type, response.nonce);
        given.set(String(given.size + 1), response.nonce);
        const removed = response.removed.map((name) => `-${name}`);
        lines.push(["server", type, `#${given.size}`, ...contentsOf(response), ...removed].join(" "));
      }
    }

    async function sayStore(words: readonly string[]): Promise<void> {
      update({ layers: [{ layer, ...parseStoreLine(words) }] });
      update({ layers: [{ layer: fences, set: [resourceOf(FENCE, "changing", `${++fence}`)], removed: [] }] });
      await untilFence();
    }

    async function sayClient(words: readonly string[]): Promise<void> {
      const { type, subscribe, unsubscribe, initialVersions, nonce, error } = parseClientLine(words);
      const known = names.get(type) ?? new Set<string>();
      names.set(type, known);
      for (const name of unsubscribe) known.delete(name);
      for (const name of subscribe) known.add(name);
      const last = newest.get(type) ?? "";
      const unsaid = dialect === "sotw" ? last : "";
      const answer = nonce === undefined ? unsaid : nonce === "newest" ? last : actual(nonce.given);
      const said = dialect === "sotw" ? { names: [...known] } : { names: subscribe, unsubscribe };
      const initial = Object.fromEntries(initialVersions);
      stream.send({ type, ...said, initial, nonce: answer, ...(error === undefined ? {} : { error }) });
      const name = `asked${asked.length}`;
      asked.push(name);
      stream.send({
        type: FENCE,
        ...(dialect === "sotw" ? { names: asked, nonce: newest.get(FENCE) ?? "" } : { names: [name] }),
      });
      await untilFence();
    }

    /** A nonce of the script's that was never given is none of the server's either. */
    function actual(nonce: string): string {
      return nonce === "" ? "" : (given.get(nonce) ?? `never-${nonce}`);
    }

    const fixed = Array.from({ length: MAX_FENCES }, (_, at) => resourceOf(FENCE, `asked${at}`, "1"));
    update({
      layers: [
        { layer, set: [], removed: [] },
        { layer: fences, set: [resourceOf(FENCE, "changing", "0"), ...fixed], removed: [] },
      ],
      views: [{ view, layers: [layer, fences] }],
    });
    await open();
    for (const line of linesOf(script)) {
      const [who, ...words] = line.split(" ");
      if (who === "server") continue;
      lines.push(line);
      if (who === "store") await sayStore(words);
      else if (who === "client") await sayClient(words);
      else if (who === "reconnect") {
        stream!.cancel();
        await open();
      } else throw new Error(`what is "${line}" on a socket?`);
    }
    client.close();
    return lines.join("\n");
  }

  return { play, [Symbol.asyncDispose]: () => server.stop(0) };
}

function shortNameOf({ typeUrl }: RawResponse): string {
  const types = ["SDS", "CDS", "EDS", "ECDS", "LDS", "SRDS", "RDS", "VHDS", FENCE];
  return types.find((name) => typeNamed(name).typeUrl === typeUrl) ?? typeUrl;
}

/** What stands in SotW for endpoints that are not there holds nothing but their name. */
function contentsOf({ typeUrl, resources, message }: RawResponse): readonly string[] {
  if (typeUrl !== CLUSTER_LOAD_ASSIGNMENT || message.$typeName !== "envoy.service.discovery.v3.DiscoveryResponse") {
    return resources;
  }
  return (message as DiscoveryResponse).resources
    .map(({ value }) => {
      const text = new TextDecoder().decode(value);
      if (text.includes("@")) return text.replace("@", "=");
      return `${fromBinary(ClusterLoadAssignmentSchema, value).clusterName}=none`;
    })
    .sort();
}
