import { afterAll, expect } from "vitest";
import type { Dialect } from "../session/protocol.ts";
import { play, spoken } from "./conversation.ts";
import { type SocketConversations, spokenOnSockets, startSocketConversations } from "./socket-conversation.ts";

const servers = new Map<number, Promise<SocketConversations>>();

afterAll(async () => {
  for (const server of servers.values()) await (await server)[Symbol.asyncDispose]();
});

/**
 * A script is said as it stands: by the session alone and, as far as a socket can carry it, by a server to a raw client, in one
 * thread and in a thread of its own.
 */
export async function says(dialect: Dialect, script: string): Promise<void> {
  expect(play(dialect, script)).toBe(spoken(script));
  const carried = spokenOnSockets(script);
  if (carried === undefined) return;
  for (const workers of [0, 1]) {
    let server = servers.get(workers);
    if (server === undefined) {
      server = startSocketConversations(workers);
      servers.set(workers, server);
    }
    expect(await (await server).play(dialect, carried)).toBe(carried);
  }
}

export async function bothSay(script: string): Promise<void> {
  for (const dialect of ["sotw", "delta"] as const) await says(dialect, script);
}
