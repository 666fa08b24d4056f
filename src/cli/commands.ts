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
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'run', summary: 'run pipelines to the end', load: () => import('./commands/run.ts') },
  { name: 'up', summary: 'scheduler and HTTP interface, until stopped', load: () => import('./commands/up.ts') },
  { name: 'list', summary: 'pipelines, or runs', load: () => import('./commands/list.ts') },
  { name: 'show', summary: 'one run', load: () => import('./commands/show.ts') },
  { name: 'logs', summary: 'what the tasks of a run said', load: () => import('./commands/logs.ts') },
  { name: 'why', summary: 'why a pipeline runs, or does not', load: () => import('./commands/why.ts') },
  { name: 'trigger', summary: 'queue a run of a pipeline', load: () => import('./commands/trigger.ts') },
  { name: 'pause', summary: 'let a pipeline only collect events', load: () => import('./commands/pause.ts') },
  { name: 'resume', summary: 'take a pause back', load: () => import('./commands/resume.ts') },
  { name: 'cancel', summary: 'end a run', load: () => import('./commands/cancel.ts') },
  { name: 'rerun', summary: 'a run again, on the same versions', load: () => import('./commands/rerun.ts') },
  { name: 'replay', summary: 'an event again, for its consumers', load: () => import('./commands/replay.ts') },
  { name: 'dataset', summary: 'datasets and their versions', load: () => import('./commands/dataset.ts') },
  { name: 'graph', summary: 'draw pipelines and the datasets between them', load: () => import('./commands/graph.ts') },
  { name: 'fit', summary: 'fit a model to a CSV or Parquet file', load: () => import('./commands/fit.ts') },
  { name: 'predict', summary: 'predictions of a model', load: () => import('./commands/predict.ts') },
  { name: 'evaluate', summary: 'how good a model is on data', load: () => import('./commands/evaluate.ts') },
  { name: 'gc', summary: 'delete what nothing needs', load: () => import('./commands/gc.ts') },
  { name: 'init', summary: 'a project with one working, tested pipeline', load: () => import('./commands/init.ts') },
  { name: 'export', summary: 'a model in another format: ONNX', load: () => import('./commands/export.ts') },
  { name: 'runs', summary: 'experiment tracking: what tasks have tracked', load: () => import('./commands/runs.ts') },
  { name: 'plot', summary: 'a picture of how good a model is', load: () => import('./commands/plot.ts') },
  { name: 'doctor', summary: 'whether everything here works', load: () => import('./commands/doctor.ts') },
];
