import { dirname } from "node:path";
import type { MeshChange, MeshSnapshot, SnapshotFeed } from "@portolan/model";
import { expect, onTestFinished, test } from "vitest";
import { parseListenAddress } from "../listen-address.ts";
import { openDelta, sidecarOf } from "../testing/delta-client.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { type ControlPlane, createControlPlane } from "./control-plane.ts";
import { createPushTrace } from "./push-trace.ts";
import type { TracedRevision } from "./traced-revision.ts";

async function start(config: readonly string[] = []): Promise<ControlPlane> {
  const mesh = await createControlPlane({
    config,
    dns: undefined,
    // Each revision is a push of its own.
    debounceMs: 0,
    xdsPlaintext: parseListenAddress("127.0.0.1:0", "test"),
  });
  onTestFinished(() => mesh.stop());
  return mesh;
}

function connect(mesh: ControlPlane, name: string, answers: "ack" | "nack" | "hold") {
  const client = openDelta({ target: mesh.listening.xdsPlaintext ?? "", answers, ...sidecarOf(name, "shop") });
  onTestFinished(() => client[Symbol.dispose]());
  client.subscribe("cluster");
  return client;
}

async function pushes(mesh: ControlPlane): Promise<readonly TracedRevision[]> {
  const { json } = await ask(mesh.adminSocket, "/debug/pushes");
  return (json() as { revisions: TracedRevision[] }).revisions;
}

async function apply(mesh: ControlPlane, text: string): Promise<void> {
  await ask(mesh.adminSocket, "/api/v1/apply", { method: "POST", body: text });
}

test("a revision is traced from the objects that changed to the answers, and those it did not concern say why", async () => {
  const mesh = await start();
  const till = connect(mesh, "till", "ack");
  const slow = connect(mesh, "slow", "hold");
  await until("both have clusters", () => till.responses.length > 0 && slow.responses.length > 0);
  await apply(mesh, entry("reviews"));
  await until("it is acknowledged", async () => (await pushes(mesh))[0]?.pushes[0]?.answer === "ACK");
  const [newest] = await pushes(mesh);
  expect(newest).toMatchObject({
    revision: mesh.snapshot.revision,
    objects: ["ServiceEntry/shop/reviews"],
    objectCount: 1,
    coalesced: 0,
    services: 1,
    translated: { cluster: 1 },
    pushes: [{ node: sidecarOf("till", "shop").id, type: "CDS", resources: 1, removed: 0, answer: "ACK" }],
    morePushes: 0,
  });
  expect(newest?.pushes[0]?.bytes).toBeGreaterThan(100);
  expect(newest?.untouched).toEqual([
    { node: sidecarOf("slow", "shop").id, reason: "it has not acknowledged CDS; what changed is sent then" },
  ]);
  await apply(mesh, entry("hidden", { namespace: "bank" }).replace("spec:", "spec:\n  exportTo: ['.']"));
  await until("it concerns nobody", async () => {
    const [last] = await pushes(mesh);
    return last?.untouched.some(({ reason }) => reason === "nothing that it asks for is another than before");
  });
  expect((await pushes(mesh))[0]?.pushes).toEqual([]);
});

test("revisions that were pushed with a later one are counted with it", () => {
  const publications = new Set<Parameters<SnapshotFeed["onPublish"]>[0]>();
  const snapshot = (revision: number) => ({ revision }) as MeshSnapshot;
  const feed: SnapshotFeed = {
    snapshot: snapshot(3),
    onPublish(listener) {
      publications.add(listener);
      return () => publications.delete(listener);
    },
  };
  using trace = createPushTrace({ feed, onReport: () => () => {}, translated: () => ({}), maxRevisions: 2 });
  const change = { objects: new Set(), services: new Set(), endpoints: new Set() } as unknown as MeshChange;
  for (const revision of [4, 9, 10]) for (const publish of publications) publish(snapshot(revision), change);
  expect(trace.list([]).map(({ revision, coalesced }) => [revision, coalesced])).toEqual([
    [10, 0],
    [9, 4],
  ]);
});

test("what is kept is bounded", async () => {
  const mesh = await start();
  for (let round = 0; round < 55; round++) await apply(mesh, entry("reviews", { port: 8000 + round }));
  const kept = await pushes(mesh);
  expect(kept).toHaveLength(50);
  expect(kept[0]?.revision).toBe(mesh.snapshot.revision);
});

test("a rejection is shown with the object that caused it and its place, in the status and in the metrics", async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write("mesh/reviews.yaml", entry("reviews"));
  const mesh = await start([dirname(file)]);
  connect(mesh, "till", "nack");
  const status = async () => {
    const { json } = await ask(mesh.adminSocket, "/api/v1/proxies");
    return (json() as { proxies: { rejections: string[] }[] }).proxies.flatMap(({ rejections }) => rejections);
  };
  await until("it is known", async () => (await status()).some((text) => text.includes("ServiceEntry")));
  expect(await status()).toEqual([
    expect.stringMatching(
      /^CDS outbound\|8000\|\|reviews\.shop\.global \(ServiceEntry shop\/reviews at .*reviews\.yaml:1:1\) rejected: not\\u000athis$/,
    ),
  ]);
  const { text } = await ask(mesh.adminSocket, "/metrics");
  expect(text).toContain(`portolan_xds_rejected_resources{node="${sidecarOf("till", "shop").id}",type="cds"} 1`);
});
