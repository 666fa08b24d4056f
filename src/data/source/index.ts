export { fetchSource } from './fetch-source.ts';
export type { FetchedSource, FetchOptions, SourceFile, SourcePolicy } from './fetch-source.ts';
export { readTarMember } from './tar-member.ts';
