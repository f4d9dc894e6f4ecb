import type { Format } from '../tool.ts';
import { dotenv } from './dotenv.ts';
import type { Editor } from './editor.ts';
import { jsonc } from './jsonc.ts';
import { toml } from './toml.ts';

export const editors: Readonly<Record<Format, Editor>> = { jsonc, toml, dotenv };
