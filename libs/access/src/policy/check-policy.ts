import { checkExpression, type InputFault } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import type { EntitlementRef } from '@tenure/applications';
import type { Overlap, RequestTerms } from '../model/policy.entity.js';

/** What a policy version says, before its applications are looked up. */
export interface PolicyText {
  readonly name: string;
  readonly condition: string;
  readonly grants: readonly {
    readonly applicationId: string;
    readonly entitlements?: readonly EntitlementRef[];
    readonly attributes?: Readonly<Record<string, string>>;
  }[];
  readonly priority?: number;
  readonly enabledFrom?: Date | null;
  readonly enabledUntil?: Date | null;
  readonly overlap?: Overlap | null;
  readonly request?: RequestTerms | null;
}

const MAX_OVERLAP_DAYS = 90;
const MAX_MINUTES = 60 * 24 * 31;
const MAX_PRIORITY = 1_000_000;

/** Every mistake that can be found without asking anybody: expressions with their position, numbers, the window. */
export function policyFaults(policy: PolicyText): readonly InputFault[] {
  return [
    ...conditionFaults(policy.condition),
    ...policy.grants.flatMap(({ attributes = {} }, index) =>
      Object.entries(attributes).flatMap(([target, source]) =>
        expressionFaults(`grants.${index}.attributes.${target}`, source, 'value'),
      ),
    ),
    ...numberFaults(policy),
    ...windowFaults(policy),
    ...(policy.request && policy.overlap
      ? [
          {
            path: 'overlap',
            message: 'is for those who move out of a policy that gives by itself; what is asked for ends with its time',
          },
        ]
      : []),
  ];
}

function numberFaults({ priority, overlap, request }: PolicyText): InputFault[] {
  const numbers: [string, number | undefined, number, number][] = [
    ['priority', priority, -MAX_PRIORITY, MAX_PRIORITY],
    ['overlap.days', overlap?.days, 1, MAX_OVERLAP_DAYS],
    ['request.maxMinutes', request?.maxMinutes, 1, MAX_MINUTES],
  ];
  return numbers.flatMap(([path, number, least, most]) =>
    number === undefined || (Number.isInteger(number) && number >= least && number <= most)
      ? []
      : [{ path, message: `must be a whole number from ${least} to ${most}` }],
  );
}

function windowFaults({ enabledFrom, enabledUntil }: PolicyText): InputFault[] {
  if (!enabledFrom || !enabledUntil || enabledUntil > enabledFrom) return [];
  return [
    { path: 'enabledUntil', message: 'must come after enabledFrom; as it is, the policy would never be in force' },
  ];
}

/** A condition alone. */
export const conditionFaults = (condition: string): readonly InputFault[] =>
  expressionFaults('condition', condition, 'boolean');

const expressionFaults = (path: string, source: string, expects: 'boolean' | 'value'): InputFault[] =>
  checkExpression(source, { variables: IDENTITY_SCHEMA, expects }).map(({ message, offset, suggestion }) => ({
    path,
    message,
    offset,
    ...(suggestion !== undefined && { suggestion }),
  }));
