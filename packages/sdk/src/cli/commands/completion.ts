import type { Command } from "commander";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";

/** `completion bash|zsh|fish`: a script made from the tree of commands itself. */
export function addCompletionCommand(program: Command, invocation: Invocation): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => invocation.terminal.out(completionScript(program, shell)));
}

function completionScript(program: Command, shell: string): string {
  const words = wordsByPath(program);
  if (shell === "bash" || shell === "zsh") {
    const cases = [...words].map(
      ([path, next]) => `    ${JSON.stringify(path)}) words=${JSON.stringify(next.join(" "))} ;;`,
    );
    return [
      ...(shell === "zsh" ? ["#compdef portolan", "autoload -U +X bashcompinit && bashcompinit"] : []),
      "_portolan() {",
      '  local words="" path="" word',
      '  for word in "$' +
        '{COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) path="$path $word" ;; esac; done',
      '  case "$' + '{path# }" in',
      ...cases,
      "  esac",
      '  COMPREPLY=($(compgen -W "$words" -- "$' + '{COMP_WORDS[COMP_CWORD]}"))',
      "}",
      "complete -o default -F _portolan portolan",
      "",
    ].join("\n");
  }
  if (shell === "fish") {
    const lines = [...words].flatMap(([path, next]) => {
      const condition = path === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${path.split(" ").at(-1)}`;
      return next.map((word) =>
        word.startsWith("--")
          ? `complete -c portolan -n '${condition}' -l ${word.slice(2)}`
          : `complete -c portolan -f -n '${condition}' -a ${word}`,
      );
    });
    return `${lines.join("\n")}\n`;
  }
  throw new SdkError("usage", `"${shell}" is not supported: use bash, zsh or fish`);
}

/** The words that may follow each path of commands, options included. */
function wordsByPath(command: Command, path = ""): Map<string, readonly string[]> {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((sub) => sub.name() !== "help");
  const options = command.options
    .filter((option) => !option.hidden && option.long !== undefined)
    .map((option) => option.long ?? "");
  const found = new Map<string, readonly string[]>([[path, [...visible.map((sub) => sub.name()), ...options]]]);
  for (const sub of visible) {
    for (const [below, words] of wordsByPath(sub, `${path} ${sub.name()}`.trim())) found.set(below, words);
  }
  return found;
}
