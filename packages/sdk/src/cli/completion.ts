import type { Command } from "commander";
import { SdkError } from "../error.ts";

/** Options that stand before or after any command. */
const globalOptions: readonly Completion[] = [
  { word: "--namespace", description: "the namespace that is meant" },
  { word: "--data", description: "directory of the server" },
  { word: "--no-color", description: "no colours" },
];

interface Completion {
  readonly word: string;
  readonly description: string;
}

/** What may follow the words of a command, by those words. */
type Completions = ReadonlyMap<string, readonly Completion[]>;

/**
 * @throws SdkError `usage` for another shell
 */
export function completionScript(program: Command, shell: string): string {
  const completions = completionsOf(program);
  if (shell === "bash") return bashScript(completions);
  if (shell === "zsh")
    return `#compdef portolan\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(completions)}`;
  if (shell === "fish") return fishScript(completions);
  throw new SdkError("usage", `"${shell}" is not supported: use bash, zsh or fish`);
}

function completionsOf(command: Command, path = ""): Completions {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((sub) => sub.name() !== "help");
  const options = command.options.filter((option) => !option.hidden && option.long !== undefined);
  const own: Completion[] = [
    ...below.map((sub) => ({ word: sub.name(), description: sub.description() })),
    ...options.map((option) => ({ word: option.long ?? "", description: option.description })),
    ...globalOptions,
  ];
  const found = new Map([[path, own]]);
  for (const sub of below) {
    for (const [words, next] of completionsOf(sub, `${path} ${sub.name()}`.trim())) found.set(words, [...next]);
  }
  return found;
}

/** Words that lead to no command (values of options, the prefixes `x` and `experimental`) are passed over. */
function bashScript(completions: Completions): string {
  const cases = [...completions].map(
    ([path, next]) => `    ${quoted(path)}) echo ${quoted(next.map(({ word }) => word).join(" "))} ;;`,
  );
  return [
    "_portolan_words() {",
    '  case "$1" in',
    ...cases,
    "    *) return 1 ;;",
    "  esac",
    "}",
    "_portolan() {",
    '  local path="" word next',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own variables
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own variables
    '    next="${path:+$path }$word"',
    '    if _portolan_words "$next" > /dev/null; then path="$next"; fi',
    "  done",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own variables
    '  COMPREPLY=($(compgen -W "$(_portolan_words "$path")" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _portolan portolan",
    "",
  ].join("\n");
}

function fishScript(completions: Completions): string {
  const lines = [...completions].flatMap(([path, next]) => {
    const condition =
      path === ""
        ? "__fish_use_subcommand"
        : path
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    return next.map(({ word, description }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c portolan -n ${quoted(condition)} ${what} -d ${quoted(description)}`;
    });
  });
  return `${lines.join("\n")}\n`;
}

/** In single quotes, as all three shells take it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
