import type { Field } from "./hpack/static-table.ts";

/** Names in lower case, pseudo-header fields with their colon. Has no prototype: any name may come. */
export type HeaderMap = Readonly<Record<string, string>>;

const REQUEST_PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":path", ":authority"]);
/** They speak of a connection of HTTP/1.1 (RFC 9113, section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
/** Visible ASCII without capitals and colons (section 8.2.1). */
const NAME = /^[!-9;-@[-~]+$/;
/** No NUL, no line break, no white space around it. */
const VALUE = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;

/** As much as a number can say exactly. */
const LENGTH = /^\d{1,15}$/;

/** The header section of a request (RFC 9113, section 8.3.1); undefined: it is malformed. */
export function parseRequest(fields: readonly Field[]): HeaderMap | undefined {
  const headers: Record<string, string> = Object.create(null);
  let regular = false;
  for (const [name, value] of fields) {
    if (!VALUE.test(value)) return undefined;
    if (name.startsWith(":")) {
      if (regular || !REQUEST_PSEUDO.has(name) || name in headers) return undefined;
      headers[name] = value;
      continue;
    }
    regular = true;
    if (!isRegular(name, value)) return undefined;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return isWhole(headers) ? headers : undefined;
}

/** The bytes that its content must have (section 8.1.1); undefined: it does not say. */
export function contentLength(headers: HeaderMap): number | undefined {
  const { "content-length": length } = headers;
  return length === undefined ? undefined : Number(length);
}

function isWhole(headers: HeaderMap): boolean {
  if (!LENGTH.test(headers["content-length"] ?? "0")) return false;
  if (headers[":method"] === undefined) return false;
  const { ":scheme": scheme, ":path": path } = headers;
  if (headers[":method"] === "CONNECT") {
    return scheme === undefined && path === undefined && headers[":authority"] !== undefined;
  }
  return scheme !== undefined && path !== undefined && path !== "";
}

/** Whether it may be the trailer section of a request (section 8.1): it has no pseudo-header fields. */
export function isTrailers(fields: readonly Field[]): boolean {
  return fields.every(([name, value]) => VALUE.test(value) && isRegular(name, value));
}

function isRegular(name: string, value: string): boolean {
  return NAME.test(name) && !CONNECTION_FIELDS.has(name) && (name !== "te" || value === "trailers");
}
