/** What can go wrong in this package; `docs/errors.md` lists the codes. */
export type AgentErrorCode = "bad-bootstrap" | "bind-needs-linux" | "envoy-failed" | "envoy-not-found" | "not-writable";

/** The error of `@portolan/agent`. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AgentError";
    this.code = code;
  }
}
