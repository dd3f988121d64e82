import { Command, CommanderError } from "commander";
import { escapeControls } from "../escape-controls.ts";
import { failureOf } from "../failure.ts";
import { version } from "../version.ts";
import { createAdminClient } from "./admin-client.ts";
import { addAnswerCommands } from "./commands/answers.ts";
import { addBenchCommands } from "./commands/bench.ts";
import { addBootstrapCommand } from "./commands/bootstrap.ts";
import { addCaCommands } from "./commands/ca.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addDataCommands } from "./commands/data.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDnsCommands } from "./commands/dns.ts";
import { addDnsmasqCommand } from "./commands/dnsmasq.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addExternalServiceCommands } from "./commands/external-service.ts";
import { addMachineCommands } from "./commands/machine.ts";
import { addObjectCommands } from "./commands/objects.ts";
import { addProxyStatusCommand } from "./commands/proxy-status.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addStartCommand } from "./commands/start.ts";
import { addWaitCommand } from "./commands/wait.ts";
import { exitCodeOf, exitCodes } from "./exit-code.ts";
import { type Invocation, parseGlobalOptions, requireNamespace } from "./invocation.ts";
import { paint, processTerminal, type Terminal } from "./terminal.ts";

const hint = "(portolan help COMMAND tells how it is used)";

/** Runs one command line and gives its exit code. `self` starts this program again. */
export async function main(argv: readonly string[], self: readonly string[], terminal?: Terminal): Promise<number> {
  let writer = terminal ?? processTerminal({ noColour: argv.includes("--no-color") });
  let exitCode: number = exitCodes.ok;
  try {
    const options = parseGlobalOptions(argv);
    writer = terminal ?? processTerminal({ noColour: options.noColour });
    const data = options.data ?? process.env.PORTOLAN_DATA ?? ".portolan";
    const invocation: Invocation = {
      terminal: writer,
      self,
      namespace: options.namespace === undefined ? undefined : requireNamespace(options.namespace, ""),
      data,
      client: () => createAdminClient(data),
      readStdin,
      exit: (code) => {
        exitCode = code;
      },
    };
    const program = createProgram(invocation);
    await program.parseAsync([...options.rest], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    const { code, message } = failureOf(error);
    writer.talk(`${paint(writer, "talk", "bad", "error:")} ${escapeControls(message, { keepLines: true })}\n`);
    if (code === "usage") writer.talk(`${hint}\n`);
    return exitCodeOf(code);
  }
}

export function createProgram(invocation: Invocation): Command {
  const { terminal } = invocation;
  const program = new Command("portolan")
    .description("A service-mesh control plane for virtual machines and separate networks, on unmodified Envoy.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "help for a command")
    .addHelpText(
      "after",
      "\nBefore or after any command:\n" +
        "  -n, --namespace <ns>  the namespace that is meant\n" +
        "  --data <dir>          directory of the server (default $PORTOLAN_DATA or .portolan)\n" +
        "  --no-color            no colours (also NO_COLOR)\n",
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.talk(text) })
    .showHelpAfterError(hint);
  addServeCommand(program, invocation);
  addStartCommand(program, invocation);
  addDemoCommand(program, invocation);
  addCaCommands(program, invocation);
  addBootstrapCommand(program, invocation);
  addProxyStatusCommand(program, invocation);
  addObjectCommands(program, invocation);
  addWaitCommand(program, invocation);
  addExternalServiceCommands(program, invocation);
  addAnswerCommands(program, invocation);
  addDnsCommands(program, invocation);
  addDnsmasqCommand(program, invocation);
  addDataCommands(program, invocation);
  addDoctorCommand(program, invocation);
  addBenchCommands(program, invocation);
  addCompletionCommand(program, invocation);
  addMachineCommands(program, invocation);
  program
    .command("version")
    .description("print the version")
    .action(() => terminal.out(`portolan ${version}\n`));
  inheritSettings(program);
  return program;
}

/** Sub-commands made before `exitOverride` and the output were set on their parent do not have them. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}

async function readStdin(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const part of process.stdin) text += part;
  return text;
}
