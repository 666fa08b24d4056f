/** Environment variables as handed in by the command line; nothing below reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;
