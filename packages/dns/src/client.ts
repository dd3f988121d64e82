import { printable } from "@portolan/model";
import { DnsError } from "./error.ts";
import { encodeQuery } from "./forwarder/forward-question.ts";
import { exchangeTcp } from "./forwarder/tcp-exchange.ts";
import { createUdpExchange } from "./forwarder/udp-exchange.ts";
import { parseUpstream } from "./forwarder/upstream.ts";
import { parseType } from "./wire/codes.ts";
import { type DnsAnswer, formatResponse } from "./wire/message-text.ts";
import { parseName } from "./wire/name-text.ts";
import type { Response } from "./wire/response.ts";

export interface DnsQuery {
  /** An address, `127.0.0.1` unless said. */
  readonly server?: string;
  /** 53 unless said. */
  readonly port?: number;
  readonly name: string;
  /** `A` unless said. */
  readonly type?: string;
  /** Over TCP from the start; else UDP, and TCP where the answer is truncated. */
  readonly tcp?: boolean;
  /** 4000 ms unless said. */
  readonly timeoutMs?: number;
}

/**
 * Asks one server one question. Rejects with `bad-option` for what cannot be asked, `no-answer` where none came in time, and
 * `bad-answer` where it was malformed; NXDOMAIN, REFUSED and the like are answers.
 */
export async function queryDns(query: DnsQuery): Promise<DnsAnswer> {
  const { server = "127.0.0.1", port = 53, name, type = "A", tcp = false, timeoutMs = 4_000 } = query;
  const upstream = parseUpstream(server.includes(":") ? `[${server}]:${port}` : `${server}:${port}`);
  if (!upstream.ok) throw new DnsError("bad-option", upstream.error);
  const labels = parseName(name);
  const number = parseType(type);
  if (labels === undefined) throw new DnsError("bad-option", `"${printable(name)}" is not a domain name`);
  if (number === undefined) throw new DnsError("bad-option", `"${printable(type)}" is not a record type`);
  const message = encodeQuery(
    { name: { bytes: labels, start: 0, end: labels.length }, type: number, dnssecOk: false, checkingDisabled: false },
    true,
  );
  const overTcp = () =>
    new Promise<Response | undefined>((resolve) => void exchangeTcp(upstream.value, message, timeoutMs, resolve));
  const overUdp = () =>
    new Promise<Response | undefined>((resolve) => {
      const exchange = createUdpExchange(upstream.value);
      const finish = (response: Response | undefined) => {
        clearTimeout(timer);
        exchange.close();
        resolve(response);
      };
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      exchange.send(message, (outcome) => finish(typeof outcome === "string" ? undefined : outcome));
    });
  let response = tcp ? await overTcp() : await overUdp();
  if (response?.truncated === true && !tcp) response = await overTcp();
  if (response === undefined) throw new DnsError("no-answer", `${printable(server)}:${port} did not answer`);
  const answer = formatResponse(response);
  if (answer === undefined) throw new DnsError("bad-answer", `the answer of ${printable(server)}:${port} is malformed`);
  return answer;
}
