import { request } from "node:http";
import { adminSocketPath } from "../control-plane/socket-path.ts";
import { SdkError } from "../error.ts";
import { isSdkErrorCode } from "./exit-code.ts";

/** Speaks to the server that runs on a `--data` directory, over its Unix socket. Its errors are the server's, by their codes. */
export interface AdminClient {
  /** `waitMs`: how long the server may take on purpose. */
  get<Answer>(path: string, waitMs?: number): Promise<Answer>;
  getText(path: string): Promise<string>;
  post<Answer>(path: string, body: string, type?: string): Promise<Answer>;
}

const PATIENCE_MS = 30_000;

export function createAdminClient(data: string): AdminClient {
  const ask = async (exchange: Omit<Exchange, "socketPath">): Promise<string> => {
    const socketPath = adminSocketPath(data);
    const { status, text } = await perform({ ...exchange, socketPath }).catch((error: Error) => {
      throw new SdkError(
        "unreachable",
        `no server answers on ${socketPath} (${error.message}): start one with "portolan serve --data ${data}", or name its directory with --data`,
      );
    });
    if (status < 400) return text;
    throw errorOf(status, text);
  };
  const json = <Answer>(text: string): Answer => {
    try {
      return JSON.parse(text) as Answer;
    } catch {
      throw new SdkError("failed", "the server's answer cannot be read: is it of another version?");
    }
  };
  return {
    get: async (path, waitMs = 0) => json(await ask({ method: "GET", path, timeoutMs: PATIENCE_MS + waitMs })),
    getText: (path) => ask({ method: "GET", path, timeoutMs: PATIENCE_MS }),
    post: async (path, text, type = "application/yaml") =>
      json(await ask({ method: "POST", path, body: { text, type }, timeoutMs: PATIENCE_MS })),
  };
}

interface Exchange {
  readonly socketPath: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: { readonly text: string; readonly type: string };
  readonly timeoutMs: number;
}

function perform({ socketPath, method, path, body, timeoutMs }: Exchange): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { "content-type": body.type, "content-length": Buffer.byteLength(body.text) };
    const asked = request({ socketPath, method, path, headers, timeout: timeoutMs }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.once("error", reject);
    });
    asked.once("timeout", () => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    asked.once("error", reject);
    asked.end(body?.text);
  });
}

function errorOf(status: number, text: string): SdkError {
  const fallback = new SdkError("failed", `the server answered ${status}: ${text}`);
  try {
    const { error, code } = JSON.parse(text) as { error?: unknown; code?: unknown };
    if (typeof error !== "string") return fallback;
    return new SdkError(isSdkErrorCode(code) ? code : "failed", error);
  } catch {
    return fallback;
  }
}
