/**
 * Reads the declaration files that `tsc` emits, far enough to list what a package exports. It relies on their layout: a
 * top-level statement begins with a letter at the start of a line, and the lines that continue it do not.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One exported name: the text of its declarations, or where it comes from if that is another package. */
export interface Exported {
  readonly name: string;
  readonly declarations: readonly string[];
}

interface Link {
  readonly from: string;
  readonly name: string;
}

interface Module {
  /** Declarations by name; several for overloads, or for a type and a value of one name. */
  readonly declared: Map<string, string[]>;
  /** Names that come from elsewhere, by the name they have here. */
  readonly imported: Map<string, Link>;
  /** Exported names and what they mean; an empty `from` is this module. */
  readonly exported: Map<string, Link>;
  readonly stars: string[];
}

const declaration =
  /^(export )?(?:default )?(?:declare )?(?:abstract )?(?:class|const|enum|function\*?|interface|let|namespace|type|var) ([\w$]+)/;

export function parseModule(source: string): Module {
  const module: Module = { declared: new Map(), imported: new Map(), exported: new Map(), stars: [] };
  const code = source.replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm, "").replace(/^[ \t]*\/\/.*\n/gm, "");
  for (const statement of code.split(/\n(?=[a-z])/).map((text) => text.trim())) readStatement(statement, module);
  return module;
}

function readStatement(statement: string, module: Module): void {
  const star = /^export (?:type )?\* from "(.+)";$/.exec(statement);
  const list = /^(export|import) (?:type )?\{([\s\S]*)\}(?: from "(.+)")?;$/.exec(statement);
  const whole = /^import (?:type )?(\* as )?([\w$]+) from "(.+)";$/.exec(statement);
  const declares = declaration.exec(statement);
  if (star?.[1] !== undefined) module.stars.push(star[1]);
  else if (list) readList(list[1] === "export" ? module.exported : module.imported, list[2] ?? "", list[3] ?? "");
  else if (whole?.[2] !== undefined) module.imported.set(whole[2], { from: whole[3] ?? "", name: "*" });
  else if (declares?.[2] !== undefined) {
    const text = statement.replace(/^export (default )?/, "").replace(/^declare /, "");
    module.declared.set(declares[2], [...(module.declared.get(declares[2]) ?? []), text]);
    if (declares[1] !== undefined) module.exported.set(declares[2], { from: "", name: declares[2] });
  } else if (!/^(import ".+";)?$/.test(statement)) {
    throw new Error(`cannot read this statement of a declaration file:\n${statement}`);
  }
}

function readList(target: Map<string, Link>, names: string, from: string): void {
  for (const entry of names.split(",").map((text) => text.trim().replace(/^type /, ""))) {
    const [name = "", alias = name] = entry.split(" as ");
    if (name !== "") target.set(alias, { from, name });
  }
}

/** Everything that the declaration file `entry` exports, and what those declarations refer to without exporting it. */
export function readExports(entry: string): { exported: readonly Exported[]; hidden: readonly Exported[] } {
  const modules = new Map<string, Module>();
  const load = (file: string): Module => {
    const known = modules.get(file) ?? parseModule(readFileSync(file, "utf8"));
    modules.set(file, known);
    return known;
  };

  /** Follows a name to the module that declares it, or to the package that it comes from. */
  function resolve(file: string, { from, name }: Link): { file: string; name: string } | string {
    if (from !== "") {
      const target = resolveFile(file, from);
      return target === undefined ? from : resolveExport(target, name);
    }
    const imported = load(file).imported.get(name);
    return imported === undefined ? { file, name } : resolve(file, imported);
  }

  function resolveExport(file: string, name: string): { file: string; name: string } | string {
    const module = load(file);
    const link = module.exported.get(name);
    if (link !== undefined) return resolve(file, link);
    const star = module.stars.find((path) => allNames(resolveFile(file, path)).has(name));
    const target = star === undefined ? undefined : resolveFile(file, star);
    return target === undefined ? { file, name } : resolveExport(target, name);
  }

  function allNames(file: string | undefined): Set<string> {
    if (file === undefined) return new Set();
    const { exported, stars } = load(file);
    return new Set([...exported.keys(), ...stars.flatMap((path) => [...allNames(resolveFile(file, path))])]);
  }

  const seen = new Set<string>();
  const hidden: Exported[] = [];
  const referring: { file: string; text: string }[] = [];

  function describe(name: string, found: { file: string; name: string } | string): Exported {
    if (typeof found === "string") return { name, declarations: [`export { ${name} } from "${found}";`] };
    seen.add(`${found.file}#${found.name}`);
    if (found.file.includes("/gen/")) return { name, declarations: [`export { ${name} }; // generated`] };
    const declarations = load(found.file).declared.get(found.name) ?? [];
    referring.push(...declarations.map((text) => ({ file: found.file, text })));
    return { name, declarations: found.name === name ? declarations : [`// as ${name}`, ...declarations] };
  }

  const exported = [...allNames(entry)].map((name) => describe(name, resolveExport(entry, name)));
  for (let next = referring.pop(); next !== undefined; next = referring.pop()) {
    const { declared, imported } = load(next.file);
    for (const [name] of next.text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      if (!declared.has(name) && !imported.has(name)) continue;
      const found = resolve(next.file, { from: "", name });
      if (typeof found === "string" || found.file.includes("/gen/") || seen.has(`${found.file}#${found.name}`))
        continue;
      if (load(found.file).declared.has(found.name)) hidden.push(describe(found.name, found));
    }
  }
  const byName = (a: Exported, b: Exported) => (a.name < b.name ? -1 : 1);
  return { exported: exported.sort(byName), hidden: hidden.sort(byName) };
}

/** The declaration file that a relative import means; `undefined` for a package. */
function resolveFile(from: string, path: string): string | undefined {
  if (!path.startsWith(".")) return undefined;
  const file = join(dirname(from), path.replace(/\.[jt]s$/, ".d.ts"));
  if (!existsSync(file)) throw new Error(`${from} imports ${path}, which does not exist`);
  return file;
}
