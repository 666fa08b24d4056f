export type { FetchOptions, SourcePolicy } from './fetch-options.ts';
export { fetchSource } from './fetch-source.ts';
export type { FetchedSource } from './fetch-source.ts';
export { readTarMember } from './tar-member.ts';
