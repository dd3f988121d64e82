import type { Zone } from "../zone/zone.ts";
import { report } from "./channels.ts";

/** Of one zone; a mesh may be wrong a thousand times in the same way. */
const MOST = 10;

/** Tells each name that a zone has had to leave out, once until it is in order. */
export function createZoneReports(): (zone: Zone) => void {
  let told: ReadonlySet<string> = new Set();
  return ({ problems }) => {
    if (problems.size === 0 && told.size === 0) return;
    const fresh = [...problems].filter(([name]) => !told.has(name)).flatMap(([, list]) => list);
    for (const { name, message } of fresh.slice(0, MOST)) report("name", `${name} ${message}`);
    if (fresh.length > MOST) report("name", `${fresh.length - MOST} names more are left out`);
    told = new Set(problems.keys());
  };
}
