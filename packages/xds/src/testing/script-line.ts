import type { EncodedResource } from "../resource/encoded-resource.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import { resourceOf, typeNamed } from "./resources.ts";

/** What a `store` line of a script changes. */
export interface StoreLine {
  readonly set: readonly EncodedResource[];
  readonly removed: readonly ResourceName[];
}

export function parseStoreLine(words: readonly string[]): StoreLine {
  const set: EncodedResource[] = [];
  const removed: ResourceName[] = [];
  let type = "";
  for (const word of words) {
    const resource = /^([^=>]+)=([^>]*)(?:>(.*))?$/.exec(word);
    if (resource !== null) {
      const references = (resource[3] ?? "").split(",").flatMap((reference) => {
        const [to = "", ...name] = reference.split("/");
        return to === "" ? [] : [{ typeUrl: typeNamed(to).typeUrl, name: name.join("/") }];
      });
      const [version = "", lasts] = (resource[2] ?? "").split("/");
      const ttlMs = lasts === undefined ? undefined : Number.parseFloat(lasts) * 1000;
      set.push(resourceOf(type, resource[1] ?? "", version, references, ttlMs));
    } else if (word.startsWith("-")) {
      removed.push({ typeUrl: typeNamed(type).typeUrl, name: word.slice(1) });
    } else type = word;
  }
  return { set, removed };
}

/** What a `client` line of a script says. */
export interface ClientLine {
  readonly type: string;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: ReadonlyMap<string, string>;
  /** `newest`: that of the type's last response. Undefined: none is given. */
  readonly nonce: "newest" | { readonly given: string } | undefined;
  readonly error: string | undefined;
}

export function parseClientLine([type = "", ...words]: readonly string[]): ClientLine {
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  let nonce: ClientLine["nonce"];
  let error: string | undefined;
  for (const [at, word] of words.entries()) {
    if (word === "ack") nonce = "newest";
    else if (word === "nack") {
      nonce = "newest";
      error = words
        .slice(at + 1)
        .join(" ")
        .replace(/^"|"$/g, "")
        .replace(/".*$/, "");
    } else if (word.startsWith("nonce=")) nonce = { given: word.slice(6) };
    else if (word.startsWith("+")) subscribe.push(word.slice(1));
    else if (word.startsWith("-")) unsubscribe.push(word.slice(1));
    else if (word.includes("=")) {
      const [name = "", version = ""] = word.split("=");
      initialVersions.set(name, version);
    }
  }
  return { type, subscribe, unsubscribe, initialVersions, nonce, error };
}
