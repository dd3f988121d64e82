import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

it("the DNS benchmark runs once, small: every server that the machine has answers, and every goal is measured or said not to be", async () => {
  const run = promisify(execFile)(process.execPath, [join(root, "benchmarks/dns/index.ts"), "--smoke"], { cwd: root });
  if (spawnSync("cc", ["--version"]).error !== undefined) {
    await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining("nothing can be measured without a C") });
    return;
  }
  const { stdout, stderr } = await run;
  const rows = stdout.split("\n").filter((line) => line.startsWith("| portolan |"));
  const asked = ["A", "A with EDNS", "no data, SOA", "NXDOMAIN, SOA", "relayed", "from the cache"];
  const answers = asked.map((questions) => {
    const row = rows.find((one) => one.startsWith(`| portolan | ${questions} |`));
    return Number.parseFloat(row?.split(" | ")[3] ?? "no row");
  });
  // A machine that is busy with other things may starve one of the short rounds.
  expect(answers.filter((perSecond) => perSecond > 0).length, stdout).toBeGreaterThanOrEqual(asked.length - 2);
  for (const peer of ["dgram echo", "dns2", ...(stderr.includes("dnsmasq is not measured") ? [] : ["dnsmasq"])]) {
    expect(stdout).toMatch(new RegExp(`^\\| ${peer} \\| A \\| `, "m"));
  }
  expect(stderr).toContain("coredns is not measured: building it takes minutes");
  const goals = stdout.split("\n").filter((line) => /^\| G\d: /.test(line));
  expect(new Set(goals.map((goal) => goal.slice(2, 4)))).toEqual(
    new Set(["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"]),
  );
  expect(goals.filter((goal) => /NaN|undefined/.test(goal))).toEqual([]);
});
