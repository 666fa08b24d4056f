import type { Tracking } from '../../contracts/tracking.ts';

/** Tracking that is loaded by the first task that tracks: most never do, and every thread starts with this. */
export function lazyTracking(open: () => Promise<Tracking>): Tracking {
  let opened: Promise<Tracking> | undefined;
  const it = (): Promise<Tracking> => (opened ??= open());
  return {
    experiments: {
      list: async () => (await it()).experiments.list(),
      find: async (name) => (await it()).experiments.find(name),
      create: async (name, options) => (await it()).experiments.create(name, options),
    },
    track: async (run, work) => (await it()).track(run, work),
    artifact: async (run, path) => (await it()).artifact(run, path),
    models: {
      find: async (name) => (await it()).models.find(name),
      create: async (name, options) => (await it()).models.create(name, options),
      createVersion: async (name, source) => (await it()).models.createVersion(name, source),
      findVersion: async (name, version) => (await it()).models.findVersion(name, version),
      setAlias: async (name, alias, version, tags) => (await it()).models.setAlias(name, alias, version, tags),
    },
  };
}
