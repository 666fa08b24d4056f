import type { RidgeModelArtifact, TransformerState } from '../contracts/model.ts';
import type { StepRecipe, Table } from '../contracts/table.ts';
import type { Core } from './core.ts';
import { FittedTransformer } from './estimators/fitted-transformer.ts';
import { RidgeModel } from './ridge-model.ts';
import type { PredictOptions } from './ridge-model.ts';

/** By kind of recipe: the step it describes, over a table. */
const STEPS: Readonly<Record<string, (core: Core, table: Table, value: never) => Table>> = {
  transform: (core, table, state: TransformerState) => new FittedTransformer(core, state).transform(table),
  predict: (core, table, { artifact, options }: { artifact: RidgeModelArtifact; options: PredictOptions }) =>
    new RidgeModel(core, artifact).predict(table, options),
};

/** The table with steps made anew from their recipes: the same to the bit as where they were first made. */
export function withSteps(core: Core, table: Table, steps: readonly StepRecipe[]): Table {
  return steps.reduce((under, { kind, value }) => STEPS[kind]!(core, under, value as never), table);
}
