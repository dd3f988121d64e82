import { expect, test } from "vitest";
import { encodeResourceBytes } from "../resource/encoded-resource.ts";
import { parseTypeUrl } from "../resource/type-url.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { createXdsServer } from "./create-xds-server.ts";

const TYPES = Array.from({ length: 25 }, (_, at) => {
  const parsed = parseTypeUrl(`type.googleapis.com/test.v1.Kind${at}`);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
});

test.each(["sotw", "delta"] as const)(
  "P-61 25 types on one stream over a socket are answered, whether the others are acknowledged or not: %s",
  async (dialect) => {
    const store = createSnapshotStore();
    const view = viewId("v");
    const listen = [{ address: "127.0.0.1", port: 0 }];
    await using server = createXdsServer({ store, assign: () => ({ view }), listen });
    await server.start();
    const put = (version: string) => {
      const body = new TextEncoder().encode(`a@${version}`);
      store.set(
        view,
        TYPES.map((typeUrl) => encodeResourceBytes({ typeUrl, name: "a" }, body, () => version)),
      );
    };
    put("1");
    const client = connectRaw(server.addresses[0]?.port ?? 0);
    const stream = client.open(dialect);
    for (const type of TYPES) stream.send({ type, node: "n", names: ["a"] });
    const answered: string[] = [];
    for (const [at, type] of TYPES.entries()) {
      const { typeUrl, resources, nonce } = await stream.next();
      answered.push(`${typeUrl} ${resources.join()}`);
      if (at % 2 === 0) stream.send({ type, nonce, names: dialect === "sotw" ? ["a"] : [] });
    }
    expect(answered).toEqual(TYPES.map((typeUrl) => `${typeUrl} a=1`));
    put("2");
    const changed = TYPES.filter((_type, at) => at % 2 === 0);
    for (const type of changed) expect(await stream.next()).toMatchObject({ typeUrl: type, resources: ["a=2"] });
    client.close();
  },
);
