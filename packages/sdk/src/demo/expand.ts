import type { DemoPlan } from "./plan.ts";

export type Ground = "isolated" | "loopback";

/** Puts the plan's variables in place of `${NAME}`; a name that it does not know stays, and is refused where it is read. */
export function expandText(text: string, plan: DemoPlan, ground: Ground): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => plan.variables.get(name)?.[ground] ?? whole);
}

export function expandPlan(plan: DemoPlan, ground: Ground): DemoPlan {
  return { ...(expandValue(plan, plan, ground) as DemoPlan), variables: plan.variables };
}

function expandValue(value: unknown, plan: DemoPlan, ground: Ground): unknown {
  if (typeof value === "string") return expandText(value, plan, ground);
  if (Array.isArray(value)) return value.map((item) => expandValue(item, plan, ground));
  if (value === null || typeof value !== "object" || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandValue(item, plan, ground)]));
}
