import { fail, type HostScope, ok, parseHostname, parseNamespace, printable, type Result } from "@portolan/model";

/** `namespace/host`, in which the namespace may be `*` or `.`, and `~` where `none` is allowed; without it `bare` decides. */
export function parseHostScope(text: string, bare: "any" | "refused"): Result<HostScope> {
  const slash = text.indexOf("/");
  if (slash < 0 && bare === "refused")
    return fail(
      `"${printable(text)}" is not of the form NAMESPACE/HOST, such as "*/reviews.shop.svc.cluster.local" or "./*"`,
    );
  const scope = slash < 0 ? "*" : text.slice(0, slash);
  const name = text.slice(slash + 1);
  const host: Result<HostScope["host"]> = name === "*" ? ok(name) : parseHostname(name);
  if (!host.ok) return host;
  if (scope === "*" || scope === "." || (scope === "~" && bare === "refused"))
    return ok({ namespace: scope, host: host.value });
  const namespace = parseNamespace(scope);
  return namespace.ok ? ok({ namespace: namespace.value, host: host.value }) : namespace;
}
