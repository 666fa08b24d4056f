/** A command as `--help` lists it. Its arguments, options and work are in its own file, loaded when it is chosen. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

export interface CommandModule {
  /** Adds arguments, options, examples and the action to an empty command. */
  register(command: import('commander').Command, context: import('./context.ts').CliContext): void;
}

/** Every command, in the order people meet them. */
export const COMMANDS: readonly CommandEntry[] = [];
