import { workerData } from 'node:worker_threads';
import type { Store } from '../../contracts/store.ts';
import { threadServices } from '../../contracts/ports.ts';
import type { CompiledModules, ThreadSettings } from '../pool/messages.ts';

/** What this thread was born with. */
export const settings = workerData as ThreadSettings;

let store: Promise<Store> | undefined;

/** The store, opened at first use and kept by the thread. */
export function threadStore(): Promise<Store> {
  return (store ??= import('../../data/store/index.ts').then(({ openStore }) =>
    openStore(settings.storeUrl, settings.env),
  ));
}

/** Lends the compiled code to whatever computes in this thread. */
export function adoptModules(modules: CompiledModules): void {
  threadServices().coreModule ??= modules.core;
}
