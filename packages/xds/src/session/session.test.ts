import { expect, test } from "vitest";
import { layerId, viewId } from "../snapshot/ids.ts";
import { createConversation, play, spoken } from "../testing/conversation.ts";
import { bothSay, says } from "../testing/transcript.ts";
import type { Dialect } from "./protocol.ts";

const dialects: readonly Dialect[] = ["sotw", "delta"];

test("P-12 P-22 after the ACK there is silence until something differs", async () => {
  await bothSay(`
    store  EDS a=1
    client EDS +a
    server EDS #1 a=1
    client EDS ack
    store  EDS a=1
    client EDS ack
    store  EDS a=2
    server EDS #2 a=2
  `);
});

test("P-14 new names in an ACK are answered", async () => {
  await bothSay(`
    store  EDS a=1 b=1
    client EDS +a
    server EDS #1 a=1
    client EDS ack +b
    server EDS #2 b=1
  `);
});

test("P-20 a change of endpoints concerns no other type", async () => {
  await bothSay(`
    store  CDS a=1>EDS/a EDS a=1 LDS l=1
    client CDS
    server CDS #1 a=1
    client CDS ack
    client EDS +a
    server EDS #2 a=1
    client EDS ack
    client LDS
    server LDS #3 l=1
    client LDS ack
    store  EDS a=2
    server EDS #4 a=2
  `);
});

test("P-21 P-25 one response in flight a type: the rest is coalesced, and other types are not concerned", async () => {
  await bothSay(`
    store  EDS a=1 RDS r=1
    client EDS +a
    server EDS #1 a=1
    store  EDS a=2
    store  EDS a=3
    client RDS +r
    server RDS #2 r=1
    store  EDS a=4
    client EDS ack
    server EDS #3 a=4
  `);
});

test("P-21 a thousand updates while the client answers a hundred times cost a hundred responses, and it ends with the newest", () => {
  for (const dialect of dialects) {
    for (const type of ["EDS", "CDS"]) {
      const { say } = createConversation(dialect);
      say(`store ${type} a=0 b=0`);
      const told = [...say(`client ${type} +a +b`)];
      for (let update = 1; update <= 1_000; update++) {
        told.push(...say(`store ${type} a=${update}`));
        if (update % 10 === 0) told.push(...say(`client ${type} ack`));
      }
      expect(told.length).toBeLessThanOrEqual(101);
      expect(told.at(-1)).toContain("a=1000");
      expect([...say(`client ${type} ack`), ...say(`client ${type} ack`)]).toEqual([]);
    }
  }
});

test("a socket that takes nothing is given nothing", async () => {
  await bothSay(`
    store  EDS a=1 RDS r=1
    stuck
    client EDS +a
    server EDS #1 a=1
    client RDS +r
    client EDS ack
    store  EDS a=2
    drain
    server EDS #2 a=2
    server RDS #3 r=1
  `);
});

test("P-30 what was unsubscribed from is silent", async () => {
  await bothSay(`
    store  RDS a=1 b=1
    client RDS +a +b
    server RDS #1 a=1 b=1
    client RDS ack
    client RDS -b
    store  RDS b=2
    store  RDS a=2
    server RDS #2 a=2
  `);
});

test("P-31 a name that comes back is sent again", async () => {
  await bothSay(`
    store  RDS a=1 b=1
    client RDS +a +b
    server RDS #1 a=1 b=1
    client RDS ack
    client RDS -b
    client RDS +b
    server RDS #2 b=1
  `);
});

test("P-33 P-40 subsets and supersets of what there is are answered at once", async () => {
  for (const dialect of dialects) {
    const absent = dialect === "sotw" ? "d=none" : "-d";
    await says(
      dialect,
      `
      store  EDS a=1 b=1 c=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack +b +c +d
      server EDS #2 b=1 c=1 ${absent}
      `,
    );
  }
});

test("P-32 P-44 a name that is not there is remembered, holds up no other, and is sent when it is", async () => {
  for (const dialect of dialects) {
    const absent = dialect === "sotw" ? "n=none" : "-n";
    await says(
      dialect,
      `
      store  EDS a=1
      client EDS +a +n
      server EDS #1 a=1 ${absent}
      client EDS ack
      store  EDS a=2
      server EDS #2 a=2
      client EDS ack
      later  60s
      store  EDS n=1
      server EDS #3 n=1
      client EDS ack
      `,
    );
  }
});

test("P-36 P-46 one of many that changed is sent alone", async () => {
  const many = Array.from({ length: 100 }, (_, at) => `r${at}`);
  await bothSay(`
    store  RDS ${many.map((name) => `${name}=1`).join(" ")}
    client RDS ${many.map((name) => `+${name}`).join(" ")}
    server RDS #1 ${many
      .map((name) => `${name}=1`)
      .sort()
      .join(" ")}
    client RDS ack
    store  RDS r42=2
    server RDS #2 r42=2
  `);
});

test("P-38 an empty name matches nothing and is no wildcard", async () => {
  await says("sotw", "store EDS a=1 \n client EDS + \n server EDS #1 =none \n client EDS ack \n store EDS a=2");
  await says("delta", "store CDS a=1 \n client CDS + \n server CDS #1 - \n client CDS ack \n store CDS a=2");
});

test("P-39 more names, longer names and more types than allowed end the stream", () => {
  for (const dialect of dialects) {
    const ended = ["report end RESOURCE_EXHAUSTED"];
    const answers = (script: string) => play(dialect, script, { maxNames: 10 }).split("\n").slice(1);
    const many = Array.from({ length: 11 }, (_, at) => `+n${at}`).join(" ");
    expect(answers(`client EDS ${many}`)).toEqual(ended);
    expect(answers(`client EDS ${many.replace(" +n10", "")}`)[0]).toContain("server EDS #1");
    expect(answers(`client EDS +${"x".repeat(4097)}`)).toEqual(ended);
  }
});

test("P-39 very many names are told in parts, where that can be", () => {
  const many = Array.from({ length: 10_001 }, (_, at) => `+n${at}`).join(" ");
  const parts = play("delta", `client EDS ${many}\nclient EDS ack`, { maxNames: 20_000 }).split("\n");
  // Who speaks, the type and the nonce stand before the names.
  expect(parts.filter((line) => line.startsWith("server")).map((line) => line.split(" ").length - 3)).toEqual([
    10_000, 1,
  ]);
});

test("secrets come for the stream alone, when they are there, and again when they are renewed", () => {
  for (const dialect of dialects) {
    const script = `
      client SDS +default
      report secrets +default
      secret default=1
      server SDS #1 default=1
      client SDS ack
      secret default=2
      server SDS #2 default=2
      client SDS ack -default
      report secrets -default
      secret default=3
    `;
    expect(play(dialect, script, { secrets: ["default", "ROOTCA"] })).toBe(spoken(script));
  }
});

test("P-74 a secret that two clusters wait for is told once, when it is there, and holds up nothing until then", () => {
  for (const dialect of dialects) {
    const script = `
      store  CDS a=1>EDS/a b=1>EDS/b EDS a=1 b=1
      client CDS
      server CDS #1 a=1 b=1
      client SDS +default
      report secrets +default
      client EDS +a +b
      server EDS #2 a=1 b=1
      client EDS ack
      client CDS ack
      secret default=1
      server SDS #3 default=1
      client SDS ack
      store  CDS a=2>EDS/a
      server CDS #4 ${dialect === "sotw" ? "a=2 b=1" : "a=2"}
      server EDS #5 a=1
      client CDS ack
      client EDS ack
    `;
    expect(play(dialect, script, { secrets: ["default", "ROOTCA"] })).toBe(spoken(script));
  }
});

test("S-02 a stream that proves nothing is told that there are no secrets, whatever its view holds", () => {
  const script = `
    store  SDS default=1
    client SDS +default
    server SDS #1 -default
  `;
  expect(play("delta", script, { secrets: "none" })).toBe(spoken(script));
});

test("a client that slept through more changes than are remembered gets what differs, and no more", () => {
  for (const dialect of dialects) {
    const conversation = createConversation(dialect, { logLimit: 4 });
    conversation.say("store EDS a=1 b=1 c=1");
    conversation.say("client EDS +a +b +c");
    conversation.say("client EDS ack");
    conversation.say("sleep");
    conversation.say("store EDS c=2");
    for (let version = 2; version < 20; version++) conversation.say(`store EDS a=${version}`);
    expect(conversation.say("wake")).toEqual(["server EDS #2 a=19 c=2"]);
  }
});

test("rule 5 where the view is gone it cannot be told what there is, and nothing is", () => {
  for (const dialect of dialects) {
    const { say, store } = createConversation(dialect);
    say("store EDS a=1");
    say("client EDS +a");
    say("client EDS ack");
    store.update({ revision: 9, droppedViews: [viewId("v")] });
    expect(say("client EDS +b")).toEqual([]);
    say("store EDS b=1");
    store.update({ revision: 10, views: [{ view: viewId("v"), layers: [layerId("l")] }] });
    // #2 came with the view.
    expect(say("client EDS ack")).toEqual([]);
    expect(say("store EDS b=2")).toEqual(["server EDS #3 b=2"]);
  }
});
