import { expect, test } from "vitest";
import { encodeResourceBytes } from "../resource/encoded-resource.ts";
import { parseTypeUrl } from "../resource/type-url.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import type { SessionEvent, SessionRequest } from "./protocol.ts";
import { createSession } from "./session.ts";

const TYPES = Array.from({ length: 25 }, (_, at) => {
  const parsed = parseTypeUrl(`type.googleapis.com/test.v1.Kind${at}`);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
});

test.each(["sotw", "delta"] as const)("P-61 25 types on one stream are all answered: %s", (dialect) => {
  const store = createSnapshotStore();
  const replica = createSnapshotReplica();
  store.subscribe((message) => void replica.apply(message));
  const view = viewId("v");
  store.set(
    view,
    TYPES.map((typeUrl) => encodeResourceBytes({ typeUrl, name: "a" }, new Uint8Array([1]), () => "1")),
  );
  const session = createSession({ dialect, replica, view, secrets: [] });
  const answered: string[] = [];
  function step(event: SessionEvent): void {
    for (const effect of session.step(event, 0)) {
      if (effect.kind !== "send") continue;
      answered.push(`${effect.response.typeUrl} ${effect.response.resources.map(({ name }) => name).join()}`);
      step({ kind: "written", nonce: String(answered.length) });
      step({ kind: "drained" });
    }
  }
  for (const typeUrl of TYPES) {
    const request: SessionRequest =
      dialect === "sotw"
        ? { kind: "sotw", typeUrl, names: ["a"], nonce: "", error: undefined }
        : {
            kind: "delta",
            ...{ typeUrl, subscribe: ["a"], unsubscribe: [], initialVersions: new Map(), nonce: "", error: undefined },
          };
    step({ kind: "request", request });
  }
  expect(answered).toEqual(TYPES.map((typeUrl) => `${typeUrl} a`));
});
