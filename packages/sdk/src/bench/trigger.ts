import { spawn } from "node:child_process";
import { printable } from "@portolan/model";
import { SdkError } from "../error.ts";
import { changeAddress } from "./change-address.ts";

/** Makes one change in the server that is measured. */
export interface Trigger {
  /** Whether a change counts from when it is sent, and not from when it was accepted. */
  readonly fromStart: boolean;
  /** Whether each change has an address of its own in what is triggered, so that merged changes are told apart. */
  readonly marked: boolean;
  /** Resolves when the change was accepted. Throws SdkError `failed` where it was not. */
  fire(change: number): Promise<void>;
}

/**
 * A URL is sent a POST, and a change counts from when that is sent. Anything else is a command line for the shell; its
 * change counts from its end, since starting a program takes longer than many a push. `{address}` is replaced by an IPv4
 * address that no other change has, `{n}` by the number of the change.
 */
export function createTrigger(text: string): Trigger {
  const isUrl = /^https?:\/\//.test(text);
  const fire = isUrl ? post : run;
  return {
    fromStart: isUrl,
    marked: text.includes("{address}"),
    fire: (change) => fire(text.replaceAll("{address}", changeAddress(change)).replaceAll("{n}", String(change))),
  };
}

async function post(url: string): Promise<void> {
  const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
    const { cause } = error;
    throw new SdkError("failed", `POST ${url}: ${cause instanceof Error ? cause.message : error.message}`);
  });
  const text = await response.text();
  if (!response.ok) throw new SdkError("failed", `POST ${url}: ${response.status} ${printable(text, 200)}`);
}

function run(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ["ignore", "ignore", "pipe"], timeout: 30_000 });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (said = (said + part).slice(-500)));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new SdkError("failed", `the trigger ended with ${code ?? signal}: ${printable(said.trim(), 500)}`));
    });
  });
}
