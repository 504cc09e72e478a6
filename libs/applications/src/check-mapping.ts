import { checkExpression, type InputFault } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import { isObject, unknownKeyFaults } from './check-shape.js';
import { MAPPING_RULE_KEYS, type Mapping, type MappingRule, type UniqueRule } from './mapping-rule.js';

const MOST_ALTERNATIVES = 10;

/** Every mistake of a mapping, by target attribute and position in its expression. */
export function checkMapping(mapping: Mapping): readonly InputFault[] {
  const entries = Object.entries(mapping);
  if (entries.length === 0)
    return [{ path: 'mapping', message: 'must name at least one target; leave it out otherwise' }];
  return entries.flatMap(([target, entry]: [string, unknown]) => {
    const path = `mapping.${target}`;
    if (typeof entry === 'string') return expressionFaults(path, entry);
    if (!isObject(entry))
      return [{ path, message: 'must be an expression over `identity`, or a rule: { "value": "…" }' }];
    return ruleFaults(path, entry as unknown as MappingRule);
  });
}

function ruleFaults(path: string, rule: MappingRule): InputFault[] {
  const faults = [...unknownKeyFaults(path, rule, MAPPING_RULE_KEYS), ...expressionFaults(`${path}.value`, rule.value)];
  if (rule.default !== undefined) faults.push(...expressionFaults(`${path}.default`, rule.default));
  if (rule.sync !== undefined && !['always', 'once'].includes(rule.sync))
    faults.push({ path: `${path}.sync`, message: 'must be always or once' });
  if (rule.clear !== undefined && typeof rule.clear !== 'boolean')
    faults.push({ path: `${path}.clear`, message: 'must be true or false' });
  if (rule.unique !== undefined && rule.unique !== true) faults.push(...uniqueFaults(`${path}.unique`, rule.unique));
  return faults;
}

function uniqueFaults(path: string, rule: unknown): InputFault[] {
  if (!isObject(rule)) return [{ path, message: 'must be true, or { "alternatives": ["…"], "suffix": "number" }' }];
  const { alternatives = [], suffix } = rule as UniqueRule;
  const faults = unknownKeyFaults(path, rule, ['alternatives', 'suffix']);
  if (suffix !== undefined && !['number', 'none'].includes(suffix))
    faults.push({ path: `${path}.suffix`, message: 'must be number or none' });
  if (!Array.isArray(alternatives) || alternatives.length > MOST_ALTERNATIVES)
    faults.push({
      path: `${path}.alternatives`,
      message: `must be a list of at most ${MOST_ALTERNATIVES} expressions`,
    });
  else
    for (const [index, source] of alternatives.entries())
      faults.push(...expressionFaults(`${path}.alternatives.${index}`, source as unknown));
  return faults;
}

function expressionFaults(path: string, source: unknown): InputFault[] {
  if (typeof source !== 'string') return [{ path, message: 'must be an expression over `identity`' }];
  return checkExpression(source, { variables: IDENTITY_SCHEMA, expects: 'value' }).map((fault) => ({
    path,
    message: fault.message,
    offset: fault.offset,
    ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
  }));
}
