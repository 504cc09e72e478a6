import {
  compileExpression,
  type AttributeType,
  type CompiledExpression,
  type ExpressionContext,
} from '@tenure/platform';
import { IDENTITY_SCHEMA } from '../model/identity-schema.js';
import type { IdentitySettings, MergeStrategy, ScoreRule } from './identity-settings.js';
import { PERSON_FIELDS, type PersonField } from '../model/person.js';

/** A merge rule, its expression planned. */
export interface CompiledMergeRule {
  readonly strategy: MergeStrategy;
  readonly order: readonly string[];
  readonly expression: CompiledExpression | null;
}

/** The tenant's rules by attribute; an attribute without one takes the first non-empty value. */
export type CompiledMerge = ReadonlyMap<PersonField, CompiledMergeRule>;

/** A rule that scores candidates, its expression planned. */
export interface CompiledScoreRule extends Omit<ScoreRule, 'score'> {
  readonly score: CompiledExpression;
}

/** A tenant's rules, ready to run many times. */
export interface CompiledIdentityRules {
  readonly merge: CompiledMerge;
  /** In the tenant's order. */
  readonly scores: readonly CompiledScoreRule[];
}

/** Plans every expression of settings that have been checked. */
export const compileIdentityRules = ({ merge, correlation }: IdentitySettings): CompiledIdentityRules => ({
  merge: new Map(
    PERSON_FIELDS.flatMap((field) => {
      const rule = merge[field];
      if (rule === undefined) return [];
      const { strategy, order = [] } = rule;
      const source = strategy === 'expression' ? rule.expression : undefined;
      const expression = source === undefined ? null : compileExpression(source, mergeContext(field));
      return [[field, { strategy, order, expression }] as const];
    }),
  ),
  scores: correlation.flatMap((rule) =>
    rule.kind === 'score' ? [{ ...rule, score: compileExpression(rule.score, SCORE_CONTEXT) }] : [],
  ),
});

const typeOf = (field: PersonField): AttributeType =>
  field === 'groups' ? 'list<string>' : field === 'custom' ? 'map' : 'string';

const PERSON_SCHEMA = Object.fromEntries(PERSON_FIELDS.map((field) => [field, typeOf(field)]));

/** What the rule of one attribute may read. */
export const mergeContext = (field: PersonField): ExpressionContext => ({
  expects: 'value',
  variables: {
    value: typeOf(field),
    identity: PERSON_SCHEMA,
    admin: 'map',
    hrms: 'map',
    csv: 'map',
    scim: 'map',
    saml: 'map',
  },
});

/** What a rule that scores may read: the record's own words, and the identity that it may belong to. */
export const SCORE_CONTEXT: ExpressionContext = {
  expects: 'number',
  variables: { record: { ...PERSON_SCHEMA, externalId: 'string' }, identity: IDENTITY_SCHEMA.identity },
};
