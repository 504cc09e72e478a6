import type { Tx } from '@tenure/platform';
import { closeCases, openCase } from '@tenure/identity';
import type { Decided } from './holdings.js';
import type { TenantRules } from '../decide/tenant-rules.js';

const KIND = 'evaluation';

/** Expressions that fail for one person's values are a question to somebody; it goes when they compute again. */
export async function keepEvaluationCases(
  tx: Tx,
  decided: readonly Decided[],
  rules: TenantRules,
  now: Date,
): Promise<void> {
  for (const person of decided) {
    const failing = topicsOf(person);
    const stale = person.holding.cases.filter((topic) => !failing.has(topic) && isSettled(topic, person, rules));
    const subjectId = person.identity.id;
    for (const topic of failing) {
      if (!person.holding.cases.includes(topic))
        await openCase(tx, now, { kind: KIND, subjectId, topic, reason: reasonOf(topic, rules) });
    }
    if (stale.length === 0) continue;
    const exceptTopics = [...failing, ...person.holding.cases.filter((topic) => !stale.includes(topic))];
    await closeCases(tx, now, { kind: KIND, subjectId, exceptTopics }, { actor: 'access' });
  }
}

const topicsOf = ({ decision }: Decided): Set<string> =>
  new Set([
    ...[...decision.grants.verdicts].flatMap(([id, verdict]) => (verdict === 'failed' ? [`policy:${id}`] : [])),
    ...decision.accounts.failed.map((target) => `mapping:${target}`),
  ]);

/** Whether this computation has looked at what the topic is about, or there is nothing to look at any more. */
function isSettled(topic: string, { decision }: Decided, rules: TenantRules): boolean {
  const [kind, id = ''] = topic.split(':');
  if (kind === 'policy') return decision.grants.verdicts.has(id) || !rules.policiesById.has(id);
  return decision.accounts.mapped.includes(id) || !decision.grants.holds.some((grant) => grant.applicationId === id);
}

function reasonOf(topic: string, rules: TenantRules): string {
  const [kind, id = '', ...target] = topic.split(':');
  if (kind === 'policy')
    return `The condition of the policy "${rules.policiesById.get(id)?.name ?? id}" cannot be evaluated for this person's values; it counts as not met. Correct the values at their source, or the condition.`;
  return `The value of "${target.join(':')}" in ${rules.applications.get(id)?.name ?? id} cannot be computed from this person's values; it stays empty. Correct the values at their source, or the expression.`;
}
