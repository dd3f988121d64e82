import { fail, type Labels, ok, printable, type Result } from "@portolan/model";
import type { Field } from "./field.ts";

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Labels as Kubernetes allows them: a name of 63 characters with an optional DNS prefix, a value of 63. */
export function readLabels(field: Field): Labels {
  return readTexts(field, (value) => value === "" || (value.length <= 63 && NAME.test(value)));
}

/** Annotations: the keys of labels, any text as value. kubectl's copy of the whole document is not kept. */
export function readAnnotations(field: Field): Labels {
  return readTexts(field, () => true, LAST_APPLIED);
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Undefined where there is no such field: no selector is not the same as one that selects all. */
export function readSelector(field: Field): Labels | undefined {
  return field.present ? readLabels(field) : undefined;
}

function readTexts(field: Field, allowed: (value: string) => boolean, without?: string): Labels {
  const given = field.entries();
  if (given.length === 0) return NONE;
  const labels = new Map<string, string>();
  for (const [key, entry] of given) {
    if (key === without) continue;
    const value = entry.text() ?? "";
    const checked = checkKey(key);
    if (!checked.ok) entry.wrong(checked.error);
    else if (allowed(value)) labels.set(key, value);
    else entry.wrong(`"${printable(value)}" is not a label's value: use at most 63 letters, digits, "-", "_" and "."`);
  }
  return labels.size === 0 ? NONE : labels;
}

/** Most endpoints have none, and there are many. */
const NONE: Labels = new Map();

function checkKey(key: string): Result<string> {
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  const prefix = slash < 0 ? "x" : key.slice(0, slash);
  if (
    name.length <= 63 &&
    NAME.test(name) &&
    prefix.length <= 253 &&
    /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(prefix)
  ) {
    return ok(key);
  }
  return fail(
    `"${printable(key)}" is not a label's name: use PREFIX/NAME or NAME of letters, digits, "-", "_" and "."`,
  );
}
