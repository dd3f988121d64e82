import { expect, test } from "vitest";
import type { PortNumber, ServiceId } from "../names.ts";
import type { InboundPort } from "../snapshot/endpoint.ts";
import type { InboundKey } from "../snapshot/mesh-snapshot.ts";
import { draftOf } from "./draft.ts";
import { editInbound, type InboundEdits, noteInbound } from "./inbound.ts";

const key = "shop/10.0.0.1" as InboundKey;

function served(at: number): ReadonlyMap<InboundKey, readonly InboundPort[]> {
  const hostname = `s${at}.shop` as InboundPort["hostname"];
  const port = (8000 + at) as PortNumber;
  return new Map([[key, [{ service: `shop/${hostname}` as ServiceId, hostname, port, targetPort: port }]]]);
}

test("services that share an address are put there in one edit, sorted, and taken away in one", () => {
  const draft = draftOf<InboundKey, readonly InboundPort[]>();
  const reads: string[] = [];
  const counted = {
    set: (at: InboundKey, ports: readonly InboundPort[] | undefined) => draft.set(at, ports),
    get(at: InboundKey) {
      reads.push(at);
      return draft.get(at);
    },
  };
  const ids = Array.from({ length: 1000 }, (_, at) => `shop/s${at}.shop` as ServiceId);
  const coming: InboundEdits = new Map();
  for (const [at, id] of ids.entries()) noteInbound(coming, id, new Map(), served(at));
  editInbound(counted, coming);
  expect(reads).toEqual([key]);
  const hosts = draft.get(key)?.map(({ hostname }) => hostname) ?? [];
  expect(hosts).toEqual([...hosts].sort());
  expect(hosts.length).toBe(1000);
  const going: InboundEdits = new Map();
  for (const [at, id] of ids.entries()) if (at > 0) noteInbound(going, id, served(at), new Map());
  editInbound(counted, going);
  expect(reads.length).toBe(2);
  expect(draft.get(key)?.map(({ service }) => service)).toEqual([ids[0]]);
});
