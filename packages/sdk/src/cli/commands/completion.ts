import type { Command } from "commander";
import { completionScript } from "../completion.ts";
import type { Invocation } from "../invocation.ts";

/** `completion bash|zsh|fish`: a script made from the tree of commands itself. */
export function addCompletionCommand(program: Command, invocation: Invocation): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", '\nbash: eval "$(portolan completion bash)"\nfish: portolan completion fish | source\n')
    .action((shell: string) => invocation.terminal.out(completionScript(program, shell)));
}
