import fc from 'fast-check';
import { EVERYONE } from '../faults/story.js';
import type { FaultRule } from '../peers/scim-app/faults.js';
import type { ScimUser } from '../peers/scim-peer.js';
import { CONDITIONS, DAY_MS, DEPARTMENTS, inDays, LABS, VAULT, type Reference } from './reference.js';
import { settleAndVerify } from './settle-and-verify.js';
import type { Stage } from './stage.js';

type Command = fc.AsyncCommand<Reference, Stage>;
type Who = NonNullable<ReturnType<Reference['anybody']>>;

/** One call's patience, and how long the app may still act when it has run out. */
export const TIMES = { timeoutMs: 400, settleMs: 500 };
const REQUEST_MINUTES = 36 * 60;

/** What can be done, and when: `play` does it in the product and in the reference. */
function command(
  title: string,
  play: (reference: Reference, stage: Stage) => Promise<void>,
  check: (reference: Reference) => boolean = () => true,
): Command {
  return { check, run: play, toString: () => title };
}

/** About somebody; left out when nobody is meant by it. */
function about(
  title: string,
  index: number,
  among: (reference: Reference) => (person: Who) => boolean,
  play: (person: Who, reference: Reference, stage: Stage) => Promise<void>,
): Command {
  const meant = (reference: Reference): Who | undefined => reference.anybody(index, among(reference));
  return command(
    `${title}(${index})`,
    async (reference, stage) => {
      const person = meant(reference);
      if (person) await play(person, reference, stage);
    },
    (reference) => meant(reference) !== undefined,
  );
}

const anyone = () => (): boolean => true;
const atWork =
  () =>
  (person: Who): boolean =>
    person.working && person.endDate === null;
/** Gone for good, as far as the reference knows: what ends with the time may not have been seen yet. */
const gone =
  () =>
  (person: Who): boolean =>
    !person.working;

const MISFORTUNES = [
  { kind: 'rate_limit', retryAfter: '1' },
  { kind: 'error', when: 'before' },
  { kind: 'error', when: 'after' },
  { kind: 'drop', when: 'before' },
  { kind: 'drop', when: 'after' },
  { kind: 'hang', when: 'after' },
  // Acts after the caller has given up.
  { kind: 'hang', when: 'before', ms: TIMES.timeoutMs + 300 },
  { kind: 'delay', when: 'before', ms: 150 },
] as const satisfies readonly FaultRule[];

const CALLS = [
  { method: 'POST', path: '^/Users$' },
  { method: 'PATCH', path: '^/Users/' },
  { method: 'PATCH', path: '^/Groups/' },
  { method: 'POST', path: '^/Groups$' },
  { method: 'GET', path: '.' },
] as const satisfies readonly Partial<FaultRule>[];

const index = fc.nat(50);
const department = fc.constantFrom(...DEPARTMENTS);

const hire = fc
  .tuple(department, fc.option(fc.integer({ min: 1, max: 3 }), { nil: null, freq: 4 }))
  .map(([of, days]) =>
    command(`hire(${of}${days === null ? '' : `, in ${days} days`})`, (reference, stage) =>
      stage.tell(reference.hire(of, days === null ? null : inDays(stage.clock.now(), days))).then(() => undefined),
    ),
  );

const move = fc.tuple(index, department).map(([who, to]) =>
  about(`move to ${to}`, who, anyone, async (person, reference, stage) => {
    await stage.tell(reference.move(person, to));
  }),
);

const rename = index.map((who) =>
  about('rename', who, anyone, async (person, reference, stage) => {
    await stage.tell(reference.rename(person));
  }),
);

const leave = index.map((who) =>
  about('leave', who, atWork, async (person, reference, stage) => {
    await stage.tell(reference.leave(person));
  }),
);

const leaveLater = fc.tuple(index, fc.integer({ min: 0, max: 3 })).map(([who, days]) =>
  about(`leave in ${days} days`, who, atWork, async (person, reference, stage) => {
    const day = inDays(stage.clock.now(), days);
    // An end before the start is that of an earlier employment.
    if ((person.startDate ?? day) <= day) await stage.tell(reference.leaveOn(person, day));
  }),
);

const comeBack = index.map((who) =>
  about('come back', who, gone, async (person, reference, stage) => {
    await stage.tell(reference.comeBack(person));
  }),
);

/** An admin gives a group, for some days or for good. */
const give = fc
  .tuple(index, fc.constantFrom(...LABS), fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }))
  .map(([who, group, days]) =>
    about(`give ${group}${days === null ? '' : ` for ${days} days`}`, who, atWork, async (person, reference, stage) => {
      const now = stage.clock.now();
      if (person.given.has(group) || !reference.isEmployed(person, now)) return;
      const endsAt = days === null ? null : new Date(now.getTime() + days * DAY_MS - DAY_MS / 2);
      await stage.company.call('POST', 'grants', {
        identityId: await stage.company.identityOf(person.employeeNumber),
        applicationId: stage.company.applicationId,
        entitlement: { kind: 'group', name: group },
        reason: 'Needed for the work',
        ...(endsAt && { endsAt: endsAt.toISOString() }),
      });
      person.given.set(group, endsAt);
    }),
  );

/** Somebody asks for what a policy allows; it is given at once, for a while. */
const ask = index.map((who) =>
  about('ask', who, atWork, async (person, reference, stage) => {
    const now = stage.clock.now();
    if (person.given.has(VAULT) || !reference.isEmployed(person, now)) return;
    await stage.company.call('POST', 'requests', {
      identityId: await stage.company.identityOf(person.employeeNumber),
      applicationId: stage.company.applicationId,
      entitlement: { kind: 'group', name: VAULT },
      minutes: REQUEST_MINUTES,
      reason: 'Needed for the work',
    });
    person.given.set(VAULT, new Date(now.getTime() + REQUEST_MINUTES * 60_000));
  }),
);

const editPolicy = fc.constantFrom(...Object.keys(CONDITIONS)).map((condition) =>
  command(`edit policy(${condition})`, async (reference, stage) => {
    await stage.company.reviseGroup(stage.projectPolicyId, 'Project', condition);
    reference.condition = condition;
  }),
);

const jump = fc.integer({ min: 1, max: 2 }).map((days) =>
  command(`jump(${days} days)`, (reference, stage) => {
    stage.clock.jump(days * DAY_MS);
    reference.passTime(stage.clock.now());
    stage.fault('clock jump');
    return Promise.resolve();
  }),
);

/** Somebody changes one of our users in the app itself; the next scan undoes it. */
const byHand = (
  title: string,
  change: (stage: Stage, user: ScimUser, reference: Reference) => Promise<void>,
): fc.Arbitrary<Command> =>
  index.map((nth) =>
    command(`${title} by hand(${nth})`, async (reference, stage) => {
      const { users } = await stage.world.app.state();
      const ours = users.filter(({ externalId }) => externalId !== undefined);
      const user = ours[nth % Math.max(1, ours.length)];
      if (user === undefined) return;
      await change(stage, user, reference);
      stage.fault(`${title} by hand`);
    }),
  );

const retitleByHand = byHand('retitle', (stage, { id }) => stage.world.app.changeUser(id, { title: 'By hand' }));
const switchByHand = byHand('switch', (stage, { id, active }) =>
  stage.world.app.changeUser(id, { active: active === false }),
);
const deleteByHand = byHand('delete', (stage, { id }) => stage.world.app.deleteUser(id));
const joinByHand = byHand('join', (stage, { id }) => stage.world.app.changeMembers(EVERYONE, { add: [id] }));
const expelByHand = byHand('expel', async (stage, { id, groups }) => {
  const [group] = groups;
  if (group !== undefined) await stage.world.app.changeMembers(group, { remove: [id] });
});
/** An account that is nobody's of ours: nothing is ever done to it. */
const strangerByHand = byHand('stranger', async (stage, _, reference) => {
  const userName = `stranger-${reference.strangers.length}`;
  await stage.world.app.addUser({ userName, active: true });
  reference.strangers.push(userName);
});

/** A scan begins, and whatever comes next happens in the midst of it. */
const scan = fc.constant(command('scan', (_, stage) => stage.company.askToScan()));

const misfortune = fc
  .tuple(fc.constantFrom(...CALLS), fc.constantFrom(...MISFORTUNES), fc.integer({ min: 1, max: 3 }))
  .map(([call, fault, times]) =>
    command(`app(${call.method} ${call.path} ${fault.kind} ×${times})`, async (_, stage) => {
      await stage.world.app.inject({ ...call, ...fault, times });
    }),
  );

/** How real applications spell what the RFC spells otherwise: what they do is the same, and so is what becomes of people. */
const HABITS = [
  'active is a number',
  'active is a text',
  'active is a text of a number',
  'names are kept in lower case',
  'values are padded',
  'texts are in another Unicode form',
  'e-mail types are lost',
  'a search that finds nothing is 404',
] as const;
/** What an application does for a while, and what is no evidence of anything as long as it does. */
const PHASES = [
  'active is a word',
  'active is not shown',
  'disabling is ignored',
  'member additions are ignored',
  'member removals are ignored',
  'members are not shown',
  'a search is answered 200 with an error',
  'a search is refused with 500',
] as const;

const habit = fc
  .constantFrom(...HABITS)
  .map((quirk) => command(`the app from now on: ${quirk}`, (_, stage) => stage.behave(quirk, true)));
const phase = fc
  .constantFrom(...PHASES)
  .map((quirk) => command(`the app for a while: ${quirk}`, (_, stage) => stage.behave(quirk, false)));

const killWorker = fc.nat(1).map((nth) =>
  command(`kill worker(${nth})`, async (_, stage) => {
    const worker = stage.world.workers[nth];
    if (!worker) return;
    await worker.kill();
    stage.fault('worker killed');
    worker.launch();
  }),
);

const killApi = fc.constant(
  command('kill api', async (_, stage) => {
    await stage.world.api.kill();
    stage.fault('api killed');
    stage.world.api.launch();
  }),
);

const flushRedis = fc.constant(
  command('flush Redis', async (_, stage) => {
    await stage.world.redis.start();
    await stage.world.redis.flush();
    stage.fault('Redis flushed');
  }),
);

/** It stays away until something needs it running, or the sequence is over. */
const stopRedis = fc.constant(
  command('stop Redis', async (_, stage) => {
    await stage.world.redis.kill();
    stage.fault('Redis stopped');
  }),
);

const startRedis = fc.constant(command('start Redis', (_, stage) => stage.world.redis.start()));

const restartPostgres = fc.constant(
  command('restart PostgreSQL', async (_, stage) => {
    await stage.world.postgres.kill();
    stage.fault('PostgreSQL killed');
    await stage.world.postgres.start();
  }),
);

const settle = fc.constant(command('settle', settleAndVerify));

/** Twice as often what people do as what breaks. */
export const COMMANDS = [
  ...[hire, hire, hire, move, move, rename, leave, leaveLater, comeBack, give, ask, editPolicy, jump],
  // Somebody must be there to be changed.
  ...[hire, hire, settle, settle],
  ...[scan, scan, retitleByHand, switchByHand, deleteByHand, joinByHand, expelByHand, strangerByHand],
  ...[
    misfortune,
    misfortune,
    habit,
    phase,
    phase,
    killWorker,
    killApi,
    flushRedis,
    stopRedis,
    startRedis,
    restartPostgres,
    settle,
  ],
];
