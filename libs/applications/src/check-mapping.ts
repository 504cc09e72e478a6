import { checkExpression, type InputFault } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';

/** Every mistake of a mapping, by target attribute and position in its expression. */
export const checkMapping = (mapping: Readonly<Record<string, string>>): readonly InputFault[] =>
  Object.entries(mapping).flatMap(([target, source]) =>
    checkExpression(source, { variables: IDENTITY_SCHEMA, expects: 'value' }).map((fault) => ({
      path: `mapping.${target}`,
      message: fault.message,
      offset: fault.offset,
      ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
    })),
  );
