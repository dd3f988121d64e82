/**
 * The name of a shell variable that stands unexpanded in a text (`${NAME}`, `${NAME:-default}`), as happens where a manifest is applied
 * without the shell that its document meant.
 */
export function unexpandedVariable(text: string): string | undefined {
  return text.includes("${") ? VARIABLE.exec(text)?.[1] : undefined;
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]{0,63})/;
