/**
 * Asks the DNS server with the resolvers of other worlds: dig, kdig, Go's and Java's own, and Java's by way of the system.
 * What this machine lacks is said and counts as skipped (`pnpm test:interop` runs this and `../chaining/check.ts`); the last line is `N passed, N failed, N skipped`.
 */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createDnsServer } from "@portolan/dns";
import { runOnMachine, whyNoMachine } from "./machine.ts";
import { MANY, NAMES } from "./names.ts";

const folder = join(import.meta.dirname, "resolvers");
await using server = createDnsServer({ records: NAMES, listen: { port: 0 } });
await server.start();
const port = String(server.address?.port);
const counts = { passed: 0, failed: 0, skipped: 0 };

async function check(title: string, needs: string, run: () => Promise<string>, expected: string): Promise<void> {
  const [program = "", ...args] = needs.split(" ");
  if (spawnSync(program, args).error !== undefined) {
    counts.skipped++;
    console.log(`skipped: ${title}: this machine has no ${program}`);
    return;
  }
  const got = (await run().catch((error: unknown) => String(error))).trim();
  if (got === expected) counts.passed++;
  else counts.failed++;
  console.log(`${got === expected ? "passed" : "FAILED"}: ${title}`);
  if (got !== expected) console.log(`  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
}

async function output(program: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(program, args, { timeout: 120_000, cwd: folder })).stdout;
}

for (const digger of ["dig", "kdig"]) {
  const version = digger === "dig" ? "-v" : "--version";
  const dig = async (...words: string[]) => output(digger, "@127.0.0.1", "-p", port, ...words);
  const about = async (...words: string[]) => {
    const text = await dig(...words);
    const [, status] = /status: (\w+)/.exec(text) ?? [];
    const flags = /flags: ([a-z ]+)/i.exec(text.replace(/Flags:/g, "flags:"))?.[1]?.trim();
    return `${status} ${flags}`;
  };
  const test = (title: string, run: () => Promise<string>, expected: string) =>
    check(`${digger}: ${title}`, `${digger} ${version}`, run, expected);
  await test("an address", () => dig("+short", "reviews.shop.global"), "127.255.0.3");
  await test("an alias", () => dig("+short", "alias.shop.global"), "reviews.shop.global.\n127.255.0.3");
  await test("SRV", () => dig("+short", "_http._tcp.reviews.shop.global", "SRV"), "0 0 8000 reviews.shop.global.");
  await test("backwards", () => dig("+short", "-x", "127.255.0.3"), "reviews.shop.global.");
  await test(
    "many, after TC over TCP",
    async () => String((await dig("+short", "many.shop.global")).trim().split("\n").length),
    String(MANY),
  );
  await test("over TCP", () => dig("+short", "+tcp", "reviews.shop.global"), "127.255.0.3");
  await test("no such name", () => about("no.shop.global"), "NXDOMAIN qr aa rd");
  await test("no data", () => about("reviews.shop.global", "MX"), "NOERROR qr aa rd");
  await test("not ours", () => about("www.example.com"), "REFUSED qr rd");
  await test("no EDNS", () => about("+noedns", "reviews.shop.global"), "NOERROR qr aa rd");
}
await check(
  "dig: a later version of EDNS",
  "dig -v",
  async () => {
    const text = await output("dig", "@127.0.0.1", "-p", port, "+edns=5", "+noednsnegotiation", "reviews.shop.global");
    return /status: (\w+)/.exec(text)?.[1] ?? "";
  },
  "BADVERS",
);
await check(
  "dig: a zone transfer",
  "dig -v",
  () => output("dig", "@127.0.0.1", "-p", port, "+short", "global", "AXFR"),
  "; Transfer failed.",
);

const found = [
  "address: 127.255.0.3",
  "both: 127.255.0.4 fd00::4",
  "alias: 127.255.0.3",
  "wildcard: 127.255.0.5",
  `many: ${MANY}`,
  "missing: not found",
  "service: reviews.shop.global. 8000",
  "back: reviews.shop.global.",
  "text: a text",
];
await check("Go's resolver", "go version", () => output("go", "run", "main.go", `127.0.0.1:${port}`), found.join("\n"));
const java = [
  "address: 127.255.0.3",
  "alias: 127.255.0.3",
  `many: ${MANY}`,
  "service: 0 0 8000 reviews.shop.global.",
  "back: reviews.shop.global.",
  "missing: not found",
  "no data: none",
];
await check(
  "Java's resolver (JNDI)",
  "java -version",
  () => output("java", "Resolve.java", `127.0.0.1:${port}`),
  java.join("\n"),
);
const reason = whyNoMachine();
if (reason === undefined) {
  const bySystem = ["reviews.shop.global: 127.255.0.3", `many.shop.global: ${MANY}`, "no.shop.global: not found"];
  await check(
    "Java's InetAddress, on a machine of the mesh",
    "java -version",
    async () => (await runOnMachine([["java", join(folder, "Resolve.java")]]))[0]?.out ?? "",
    bySystem.join("\n"),
  );
} else {
  counts.skipped++;
  console.log(`skipped: Java's InetAddress: no network namespace here (${reason})`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
