// What must be in the apps, read back from the apps themselves.

/** Compares what an app has with what it must have; every difference is one line. */
export class Check {
  mistakes = [];

  same(what, actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) this.mistakes.push(`${what}: is ${a}, must be ${b}`);
  }

  /** The same members, whatever their order. */
  members(what, actual, expected) {
    const missing = expected.filter((name) => !actual.includes(name));
    const extra = actual.filter((name) => !expected.includes(name));
    if (missing.length > 0) this.mistakes.push(`${what}: missing ${missing.join(', ')}`);
    if (extra.length > 0) this.mistakes.push(`${what}: too many ${extra.join(', ')}`);
    if (new Set(actual).size !== actual.length) this.mistakes.push(`${what}: somebody is in it twice`);
  }
}

/** Everybody and everything, as the policies want it for these people. */
export function compareApps(people, directory, crm) {
  const check = new Check();
  const working = people.filter((person) => person.state === 'active');
  const names = (list) => list.map((person) => person.userName).sort();
  const group = (name) => directory.users.filter((user) => user.groups.includes(name)).map((user) => user.userName);

  check.members(
    'directory, enabled accounts',
    directory.users.filter((user) => user.active).map((user) => user.userName),
    names(working),
  );
  check.members(
    'directory, group "IT Administrators"',
    group('IT Administrators'),
    names(working.filter((person) => person.department === 'IT')),
  );
  check.members('directory, group "Managers"', group('Managers'), names(working.filter((person) => person.isManager)));
  const sellers = names(working.filter((person) => person.department === 'Sales'));
  check.members(
    'CRM, enabled accounts',
    crm.filter((user) => user.isActive).map((user) => user.login),
    sellers,
  );
  check.members(
    'CRM, role "sales"',
    crm.filter((user) => user.roles.includes('sales')).map((user) => user.login),
    sellers,
  );
  for (const person of working) {
    const user = directory.users.find((candidate) => candidate.userName === person.userName);
    check.same(`directory, display name of ${person.userName}`, user?.displayName, person.displayName);
  }
  return check.mistakes;
}
