import { X509Certificate } from "node:crypto";
import type { Secret } from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CertificateSecret } from "../authority/authority.ts";
import { identityOf, testAuthority } from "../testing/authority.ts";
import { testClock } from "../testing/clock.ts";
import { CHECK_MS, createRenewingCertificate } from "./renewing-certificate.ts";
import { createSecretSource, type SecretSource } from "./secret-source.ts";

const start = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;
const reviews = identityOf("shop", "reviews");
const ratings = identityOf("shop", "ratings");

/** Waits until promises that are settled, and those that follow from them, have run. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A source whose certificates are numbered, so that a test reads which one was told. */
function numbered(options: { keepUnwatched?: number; lifetimeMs?: number } = {}) {
  const clock = testClock(start);
  const failures: unknown[] = [];
  const state = { issued: 0, broken: false };
  const { lifetimeMs = 24 * HOUR_MS, keepUnwatched } = options;
  const issue = async (): Promise<CertificateSecret> => {
    if (state.broken) throw new Error("no authority");
    const certificateChain = `certificate ${++state.issued}`;
    return { kind: "certificate", certificateChain, privateKey: "" as never, notAfterMs: clock.now() + lifetimeMs };
  };
  const unused = () => Promise.reject(new Error("not used"));
  const source = createSecretSource({
    authority: {
      rootCertificates: "roots",
      notAfterMs: Number.POSITIVE_INFINITY,
      newCertificate: issue,
      issue: unused,
      issueServer: unused,
      newServerCertificate: unused,
    },
    now: clock.now,
    schedule: clock.schedule,
    random: () => 0.5,
    onFailure: (error) => failures.push(error),
    ...(keepUnwatched === undefined ? {} : { keepUnwatched }),
  });
  return { clock, failures, state, source };
}

function watch(source: SecretSource, identity = reviews, name = "default") {
  const told: string[] = [];
  const show = (secret: Secret) => (secret.kind === "trust" ? secret.rootCertificates : secret.certificateChain);
  const stop = source.watch(identity, name, (secret) => told.push(show(secret)));
  expect(told).toEqual([]);
  return { told, stop };
}

test("those who watch one identity share a certificate, and others have their own", async () => {
  const { source, state } = numbered();
  const a = watch(source);
  const b = watch(source);
  const other = watch(source, ratings);
  await turn();
  const late = watch(source);
  await turn();
  expect([a.told, b.told, late.told, other.told]).toEqual([
    ["certificate 1"],
    ["certificate 1"],
    ["certificate 1"],
    ["certificate 2"],
  ]);
  expect(state.issued).toBe(2);
});

test("ROOTCA is whom the mesh trusts; a name that does not exist is never told, and no timer runs for either", async () => {
  const { source, clock, state } = numbered();
  const root = watch(source, reviews, "ROOTCA");
  const unknown = watch(source, reviews, "other");
  const stopped = watch(source, reviews, "ROOTCA");
  stopped.stop();
  await turn();
  expect([root.told, unknown.told, stopped.told]).toEqual([["roots"], [], []]);
  expect([clock.waiting(), state.issued]).toEqual([[], 0]);
});

test("a certificate is renewed at about half of its life, and all who watch are told", async () => {
  const { source, clock } = numbered();
  const a = watch(source);
  const b = watch(source);
  await turn();
  clock.advance(12 * HOUR_MS - 1);
  await turn();
  expect(a.told).toEqual(["certificate 1"]);
  clock.advance(1);
  await turn();
  expect(a.told).toEqual(["certificate 1", "certificate 2"]);
  b.stop();
  clock.advance(12 * HOUR_MS);
  await turn();
  expect([a.told.length, b.told.length]).toEqual([3, 2]);
});

test("without a watcher there is no timer; one that comes back gets what it had, without an issue", async () => {
  const { source, clock, state } = numbered();
  const first = watch(source);
  await turn();
  expect(clock.waiting()).toHaveLength(1);
  first.stop();
  first.stop();
  expect(clock.waiting()).toEqual([]);
  const again = watch(source);
  await turn();
  expect([again.told, state.issued, clock.waiting().length]).toEqual([["certificate 1"], 1, 1]);
  again.stop();
  clock.advance(20 * HOUR_MS);
  const due = watch(source);
  await turn();
  expect(due.told).toEqual(["certificate 1", "certificate 2"]);
  due.stop();
  clock.advance(48 * HOUR_MS);
  const expired = watch(source);
  await turn();
  expect(expired.told).toEqual(["certificate 3"]);
});

test("one who stops before the first certificate is made is not told", async () => {
  const { source, clock } = numbered();
  const gone = watch(source);
  gone.stop();
  await turn();
  expect([gone.told, clock.waiting()]).toEqual([[], []]);
});

test("while issuing fails, the last certificate stays and it is tried again, less and less often", async () => {
  const { source, clock, failures, state } = numbered();
  const a = watch(source);
  await turn();
  state.broken = true;
  clock.advance(12 * HOUR_MS);
  const delays: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    await turn();
    const [delay = 0] = clock.waiting();
    delays.push(delay);
    clock.advance(delay);
  }
  expect(delays).toEqual([750, 1500, 3000, 6000, 12000, 24000, 48000, 48000, 48000]);
  await turn();
  expect([a.told, failures.length]).toEqual([["certificate 1"], 10]);
  state.broken = false;
  clock.advance(CHECK_MS);
  await turn();
  expect(a.told).toEqual(["certificate 1", "certificate 2"]);
});

test("a listener that throws is reported and keeps nothing from the others", async () => {
  const { source, failures } = numbered();
  source.watch(reviews, "default", () => {
    throw new Error("broken listener");
  });
  const b = watch(source);
  await turn();
  expect([b.told, failures.map(String)]).toEqual([["certificate 1"], ["Error: broken listener"]]);
});

test("F-14 a wall clock that jumps either way leads to a fresh certificate within a minute, and then to rest", async () => {
  for (const jump of [25 * HOUR_MS, 10 * 365 * 24 * HOUR_MS, -HOUR_MS, -10 * 365 * 24 * HOUR_MS]) {
    const { source, clock, state } = numbered();
    const a = watch(source);
    await turn();
    clock.set(start + jump);
    clock.advance(CHECK_MS);
    await turn();
    expect(a.told).toEqual(["certificate 1", "certificate 2"]);
    clock.advance(HOUR_MS);
    await turn();
    expect(state.issued).toBe(2);
  }
});

test("near the end of the authority certificates are short, and still a second apart", async () => {
  const { source, clock, state } = numbered({ lifetimeMs: 0 });
  watch(source);
  await turn();
  for (let second = 0; second < 5; second++) {
    clock.advance(1000);
    await turn();
  }
  expect(state.issued).toBe(6);
});

test("of certificates that nobody watches only so many are kept, the last used ones", async () => {
  const { source, state } = numbered({ keepUnwatched: 2 });
  const identities = ["a", "b", "c", "d"].map((account) => identityOf("shop", account));
  const held = watch(source, identityOf("shop", "held"));
  for (const identity of identities) {
    const { stop } = watch(source, identity);
    await turn();
    stop();
  }
  const before = state.issued;
  for (const identity of [...identities].reverse().slice(0, 2)) watch(source, identity);
  watch(source, identityOf("shop", "held"));
  await turn();
  expect([state.issued - before, held.told.length]).toEqual([0, 1]);
  watch(source, identities[0]);
  await turn();
  expect(state.issued - before).toBe(1);
});

test("renewals are spread, and every watched certificate is always valid", async () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(random, fc.integer({ min: 1, max: 48 }), async (drawn, hours) => {
      const clock = testClock(start);
      const lifetimeMs = hours * HOUR_MS;
      const told: number[] = [];
      const issue = async (): Promise<CertificateSecret> => ({
        ...{ kind: "certificate", certificateChain: "", privateKey: "" as never },
        notAfterMs: clock.now() + lifetimeMs,
      });
      const renewing = createRenewingCertificate({ issue, ...clock, random: () => drawn });
      renewing.watch(({ notAfterMs }) => told.push(notAfterMs));
      await turn();
      clock.advance(0.45 * lifetimeMs - 1);
      await turn();
      expect(told).toHaveLength(1);
      clock.advance(0.1 * lifetimeMs + 2);
      await turn();
      expect(told).toHaveLength(2);
      expect(told[0]).toBeGreaterThan(clock.now());
    }),
    { numRuns: 50 },
  );
});

test("with a real authority the secret is a certificate of that identity with its key", async () => {
  const clock = testClock(start);
  const authority = await testAuthority({ now: clock.now });
  const source = createSecretSource({ authority, ...clock, random: () => 0, ttlMs: HOUR_MS });
  const secret = await new Promise<Secret>((resolve) => source.watch(ratings, "default", resolve));
  if (secret.kind !== "certificate") throw new Error("not a certificate");
  const certificate = new X509Certificate(secret.certificateChain);
  expect(certificate.subjectAltName).toBe("URI:spiffe://cluster.local/ns/shop/sa/ratings");
  expect(certificate.validToDate.getTime()).toBe(start + HOUR_MS);
  expect(secret.privateKey.reveal()).toContain("BEGIN PRIVATE KEY");
});
