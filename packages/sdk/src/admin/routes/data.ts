import type { Registry } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import { SdkError } from "../../error.ts";

/** `POST /api/v1/data/copy`: the server's database, whole, as `{"database": BASE64}`. A POST, so that over TCP it takes the token. */
export function addDataRoutes(server: FastifyInstance, registry: Pick<Registry, "copyData">): void {
  server.post("/api/v1/data/copy", async () => {
    const copied = await registry.copyData();
    if (copied === undefined) throw new SdkError("not-found", "this server keeps no data");
    return { database: Buffer.from(copied).toString("base64") };
  });
}
