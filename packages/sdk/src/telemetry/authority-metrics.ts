import { Counter, Gauge, type Registry } from "prom-client";
import type { MeteredAuthority } from "../control-plane/authority.ts";

/** What istiod tells of its certificate authority, under its names; the times are in seconds. */
export function addAuthorityMetrics(
  authority: Pick<MeteredAuthority, "counts" | "expiry">,
  registers: Registry[],
  nowMs: () => number = Date.now,
): void {
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  counter(
    "citadel_server_success_cert_issuance_count",
    "Certificates that were issued.",
    () => authority.counts.issued,
  );
  counter("citadel_server_csr_sign_err_count", "Certificates that could not be issued.", () => authority.counts.failed);
  for (const [part, endMs] of [
    ["root_cert", () => authority.expiry.rootMs],
    ["cert_chain", () => authority.expiry.chainMs],
  ] as const) {
    const what = part === "root_cert" ? "the first of the roots" : "the first certificate on the way to the root";
    gauge(`citadel_server_${part}_expiry_timestamp`, `When ${what} expires, since 1970.`, () => endMs() / 1000);
    gauge(`citadel_server_${part}_expiry_seconds`, `Until ${what} expires.`, () => (endMs() - nowMs()) / 1000);
  }
}
