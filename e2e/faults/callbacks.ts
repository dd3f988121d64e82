import { createSnapshotStore, createXdsServer, encodeResourceBytes, sha256Version, viewId } from "@portolan/xds";
import { connectRaw } from "../../packages/xds/src/testing/raw-client.ts";
import { typeNamed } from "../../packages/xds/src/testing/resources.ts";
import { until } from "../testing/until.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const view = viewId("callbacks");
const UNAVAILABLE = 14;

/** F-16: every function that is given to the server throws, rejects or never answers; who is served well is served on. */
export async function callbacks(size: FaultSize): Promise<Verdict> {
  const rounds = size === "full" ? 300 : 10;
  const verdict = createVerdict();
  let unhandled = 0;
  const onUnhandled = () => void unhandled++;
  process.on("unhandledRejection", onUnhandled);
  const store = createSnapshotStore();
  const server = createXdsServer({
    store,
    listen: [{ address: "127.0.0.1", port: 0 }],
    limits: { assignMs: 100 },
    assign(_peer, node) {
      switch (node.cluster) {
        case "throws":
          throw new Error("thrown");
        case "rejects":
          return Promise.reject(new Error("rejected"));
        case "never answers":
          return new Promise(() => {});
        case "answers nothing":
          return undefined as never;
        case "releases badly":
          return {
            view,
            release() {
              throw new Error("release");
            },
          };
        case "releases badly, later":
          return { view, release: () => Promise.reject(new Error("release, later")) as never };
        default:
          return { view };
      }
    },
  });
  await server.start();
  const faults = new Map<string, number>();
  server.onReport((report) => {
    if (report.kind === "fault") faults.set(report.where, (faults.get(report.where) ?? 0) + 1);
  });
  server.onReport((report) => {
    if (report.kind !== "fault") throw new Error("listener");
  });
  server.onReport(async (report) => {
    if (report.kind !== "fault") throw new Error("listener, later");
  });
  const publish = (version: number) => {
    const value = Buffer.from(`a@${version}`);
    store.set(view, [encodeResourceBytes({ typeUrl: typeNamed("EDS").typeUrl, name: "a" }, value, sha256Version)]);
  };
  publish(0);
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  const good = client.open("delta");
  good.send({ type: "EDS", names: ["a"], node: "good" });
  good.ack(await good.next());

  let refused = 0;
  let served = 0;
  for (let round = 1; round <= rounds; round++) {
    const bad = ["throws", "rejects", "never answers", "answers nothing"].map(async (cluster) => {
      const stream = client.open("delta");
      stream.send({ type: "EDS", names: ["a"], node: "bad", cluster });
      if ((await stream.ended).code === UNAVAILABLE) refused++;
    });
    const odd = ["releases badly", "releases badly, later"].map(async (cluster) => {
      const stream = client.open("delta");
      stream.send({ type: "EDS", names: ["a"], node: "odd", cluster });
      stream.ack(await stream.next());
      stream.cancel();
    });
    await Promise.all([...odd]);
    publish(round);
    const response = await good.next();
    good.ack(response);
    if (response.resources.join() === `a=${round}`) served++;
    await Promise.all(bad);
  }
  await until("the streams are gone", () => server.connections().length === 1);
  // A rejection is unhandled a turn after it was made.
  await new Promise((resolve) => setImmediate(resolve));
  verdict.tell("rounds", rounds);
  verdict.limit("streams of bad functions that did not end with UNAVAILABLE", 4 * rounds - refused, 0);
  verdict.limit("updates that did not reach the others", rounds - served, 0);
  for (const where of ["assign", "release", "listener"]) verdict.tell(`faults told, ${where}`, faults.get(where) ?? 0);
  verdict.expect("each failing assignment is told", faults.get("assign") === 4 * rounds);
  verdict.expect("each failing release is told", faults.get("release") === 2 * rounds);
  verdict.expect("failing listeners are told", (faults.get("listener") ?? 0) > 2 * rounds);
  verdict.limit("rejections that nobody handled", unhandled, 0);
  client.close();
  await server.stop(0);
  process.off("unhandledRejection", onUnhandled);
  return verdict.done();
}
