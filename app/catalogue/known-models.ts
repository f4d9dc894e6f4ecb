import * as z from 'zod';
import type { ListedModel } from '../domain/listed-model.ts';
import { spellings } from '../domain/model-names.ts';

const table = z.strictObject({
  date: z.iso.date(),
  source: z.string().min(1),
  models: z.array(
    z.strictObject({
      id: z.string().min(1),
      displayName: z.string().min(1),
      released: z.iso.date().optional(),
      contextTokens: z.int().positive().optional(),
      maxOutputTokens: z.int().positive().optional(),
    }),
  ),
});

/** What is said of a model beyond its name; undefined when nothing is known. */
export type FindKnownModel = (model: string) => ListedModel | undefined;

/** Checks a file of model facts. Throws when it is none. */
export function loadKnownModels(json: unknown): FindKnownModel {
  const byName = new Map(
    table.parse(json).models.map(({ released, ...model }): [string, ListedModel] => {
      return [model.id, { ...model, createdAt: released === undefined ? undefined : Date.parse(released) }];
    }),
  );
  return (model) => {
    const name = spellings(model).find((spelling) => byName.has(spelling));
    return name === undefined ? undefined : byName.get(name);
  };
}
