import type { FindDeps, Found } from '../surroundings.ts';
import type { BedrockSecret } from './credential.ts';
import type { SharedFiles } from './profiles.ts';
import type { BedrockSettings } from './settings.ts';

/** Everything that looking for a credential needs to know. */
export interface Search extends FindDeps {
  readonly settings: BedrockSettings;
  readonly files: SharedFiles;
}

export type FoundSecret = Found<BedrockSecret>;

export function missing(detail: string): FoundSecret {
  return { kind: 'missing', detail };
}
