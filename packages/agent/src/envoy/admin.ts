import { execFile } from "node:child_process";
import { request } from "node:http";
import { AgentError } from "../error.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

export interface AdminQuery {
  /** `127.0.0.1:15000` */
  readonly address: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly netns: string | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** A loopback address is one of its own in each network namespace: there, a child of ours asks. */
export function queryAdmin({ address, path, method, netns }: AdminQuery): Promise<AdminAnswer> {
  const url = `http://${address}${path}`;
  return netns === undefined ? ask(url, method) : askWithin(netns, url, method);
}

function ask(url: string, method: string): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      });
      response.once("error", reject);
    });
    call.once("timeout", () => call.destroy(new Error("no answer in time")));
    call.once("error", (cause) => reject(failed(url, cause)));
    call.end();
  });
}

const script = `fetch(process.argv[1], { method: process.argv[2], signal: AbortSignal.timeout(${TIMEOUT_MS}) })
  .then(async (r) => process.stdout.write(JSON.stringify({ status: r.status, body: await r.text() })))`;

function askWithin(netns: string, url: string, method: string): Promise<AdminAnswer> {
  const parameters = ["netns", "exec", netns, process.execPath, "-e", script, url, method];
  return new Promise((resolve, reject) => {
    execFile("ip", parameters, { maxBuffer: MAX_BYTES }, (cause, stdout) => {
      if (cause !== null) reject(failed(url, cause));
      else resolve(JSON.parse(stdout) as AdminAnswer);
    });
  });
}

function failed(url: string, cause: Error): AgentError {
  return new AgentError("envoy-failed", `Envoy's admin port does not answer at ${url}`, { cause });
}
