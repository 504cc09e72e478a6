// The main job on real input, step by step.
import { randomUUID } from 'node:crypto';
import { adminApi, until } from './api.mjs';
import { compareApps } from './check.mjs';
import { hrFile, MAPPING, SEED } from './hr-file.mjs';
import { percentile, say, table, tell, title } from './narrate.mjs';

/**
 * @param {{ url: string, credentials: { url: string, apiKey: string }, employees: URL, directory: { baseUrl: string, token: string, state(): Promise<any> },
 *   crm: { config: object, credentials: object, read(): Promise<any[]> }, startIdp(sp: { acsUrl: string, audience: string }): Promise<any>, sign(secret: string, id: string, at: Date, body: string): string }} world
 */
export class Story {
  constructor(world) {
    this.world = world;
    this.api = adminApi(world.credentials);
    this.apps = new Map();
  }

  async tell() {
    await this.setUp();
    await this.importEverybody();
    await this.joiner();
    await this.mover();
    await this.firstLogin();
    await this.leaver();
    return this.finish();
  }

  async setUp() {
    title('1  Two downstream apps, five policies');
    const { directory, crm } = this.world;
    this.directory = await this.application({
      name: 'directory',
      connector: 'scim',
      config: { baseUrl: directory.baseUrl },
      credentials: { token: directory.token },
    });
    this.crm = await this.application({
      name: 'crm',
      connector: 'sql',
      config: crm.config,
      credentials: crm.credentials,
    });
    const group = (name) => [{ applicationId: this.directory, entitlements: [{ kind: 'group', name }] }];
    await this.policy('Everyone gets the directory', 'true', [{ applicationId: this.directory }]);
    await this.policy('Sales get the CRM', 'identity.department == "Sales"', [
      { applicationId: this.crm, entitlements: [{ kind: 'role', name: 'sales' }] },
    ]);
    await this.policy('IT administers', 'identity.department == "IT"', group('IT Administrators'));
    await this.policy('Managers', 'identity.isManager', group('Managers'));
  }

  async importEverybody() {
    title('2  The HR file: 107 people and 12 future hires, rows in no order');
    say(`shuffled with seed ${SEED}; headers mapped to attributes by the source`);
    const source = await this.api.post('/sources', { kind: 'csv', name: 'HR file', mapping: MAPPING });
    const file = await hrFile(this.world.employees, new Date());
    const began = performance.now();
    const { id } = await this.api.post(`/sources/${source.id}/files`, file, 'text/csv');
    const done = await until('the import is done', async () => {
      const found = await this.api.get(`/imports/${id}`);
      return found.state === 'done' && found;
    });
    say(`${done.rows} rows: ${done.new} new, ${done.changed} changed, ${done.rejected} rejected`);
    if (done.rejected > 0 || done.new !== 119)
      throw new Error(`The import is not as it must be: ${JSON.stringify(done)}`);
    await this.settled();
    say(`every account applied ${((performance.now() - began) / 1_000).toFixed(1)} s after the upload began`);
    const people = await this.api.all('/identities');
    say(
      `${people.filter((person) => person.state === 'active').length} active, ${people.filter((person) => person.state === 'staged').length} staged until their first day`,
    );
    await this.checkApps();
    await this.markOperations();
    this.imported = this.lastOperation;
  }

  async joiner() {
    title('3  A joiner, pushed by the identity provider over SCIM');
    const source = await this.api.post('/sources', { kind: 'scim', name: 'Identity provider' });
    const response = await fetch(`${source.scimBaseUrl}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${source.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({
        schemas: [
          'urn:ietf:params:scim:schemas:core:2.0:User',
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
        ],
        userName: 'rlopez@example.com',
        externalId: 'idp-4711',
        name: { givenName: 'Rosa', familyName: 'Lopez' },
        emails: [{ value: 'rlopez@example.com', type: 'work', primary: true }],
        title: 'Sales Representative',
        active: true,
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: '401', department: 'Sales' },
      }),
    });
    if (response.status !== 201) throw new Error(`SCIM answered ${response.status}: ${await response.text()}`);
    await this.step('Rosa Lopez joins Sales', 'rlopez@example.com');
  }

  async mover() {
    title('4  A mover, told by the HR system’s webhook');
    this.hr = await this.api.post('/sources', { kind: 'hrms', name: 'HR system' });
    await this.event('employee.updated', {
      employeeNumber: '104',
      firstName: 'Bruce',
      lastName: 'Miller',
      email: 'bmiller@example.com',
      department: 'Sales',
      title: 'Sales Representative',
      jobCode: 'SA_REP',
      managerEmployeeNumber: '145',
      startDate: '2017-05-21',
    });
    await this.step('Bruce Miller moves from IT to Sales', 'bmiller@example.com');
  }

  async firstLogin() {
    title('5  An employee’s first SAML login');
    // The identity provider wants our addresses, and we want its metadata: it is started for an address that we then learn.
    const { connection, idp } = await this.connectIdp();
    this.connection = connection;
    this.idp = idp;
    const who = {
      userName: 'mnguyen@example.com',
      email: 'mnguyen@example.com',
      firstName: 'Minh',
      lastName: 'Nguyen',
    };
    const { status, me } = await this.logIn(who);
    if (status !== 303 || me.email !== who.email) throw new Error(`The login was answered ${status}.`);
    await this.step('Minh Nguyen logs in for the first time', who.email);
    const again = await this.logIn(who);
    if (again.me.id !== me.id) throw new Error('The second login made a second identity.');
    say('a second login finds the same identity');
  }

  async leaver() {
    title('6  A leaver: everything goes, everywhere');
    const who = {
      userName: 'mnguyen@example.com',
      email: 'mnguyen@example.com',
      firstName: 'Minh',
      lastName: 'Nguyen',
    };
    await this.event('employee.created', {
      employeeNumber: '402',
      firstName: 'Minh',
      lastName: 'Nguyen',
      email: who.email,
      department: 'IT',
      status: 'active',
    });
    await this.step('HR now knows Minh Nguyen, in IT', who.email);
    await this.event('employee.terminated', { employeeNumber: '402' });
    await this.step('Minh Nguyen leaves', who.email);
    const me = await fetch(`${this.world.credentials.url}/me`, { headers: { cookie: this.cookie } });
    const { status } = await this.logIn(who);
    say(`the open session is ended (${me.status}), and the next login is refused (${status})`);
    if (me.status !== 401 || status !== 403) throw new Error(`A leaver got in: session ${me.status}, login ${status}.`);
    await this.event('employee.terminated', {
      employeeNumber: '150',
      firstName: 'Sean',
      lastName: 'Tucker',
      email: 'stucker@example.com',
    });
    await this.step('Sean Tucker of Sales leaves', 'stucker@example.com', 1_000);
  }

  async finish() {
    title('7  What the apps say');
    await this.settled();
    const mistakes = await this.checkApps();
    const [people, accounts, operations] = await Promise.all([
      this.api.all('/identities'),
      this.api.all('/accounts'),
      this.api.all('/operations'),
    ]);
    const waits = (isImport) =>
      operations
        .filter(
          (operation) =>
            operation.committedAt && operation.kind !== 'look' && operation.id <= this.imported === isImport,
        )
        .map((operation) => new Date(operation.at) - new Date(operation.committedAt));
    const wait = (isImport) => [
      `p50 ${percentile(waits(isImport), 0.5)} ms`,
      `p99 ${percentile(waits(isImport), 0.99)} ms`,
    ];
    const count = (list, name, value) => list.filter((item) => item[name] === value).length;
    const states = (application) =>
      ['active', 'disabled', 'failed'].map((state) =>
        count(
          accounts.filter((account) => account.applicationId === application),
          'state',
          state,
        ),
      );
    table([
      [
        'people',
        people.length,
        `${count(people, 'state', 'active')} active`,
        `${count(people, 'state', 'staged')} staged`,
        `${count(people, 'state', 'terminated')} terminated`,
      ],
      ...[...this.apps].map(([id, name]) => {
        const [on, off, failed] = states(id);
        return [`accounts in ${name}`, on + off + failed, `${on} enabled`, `${off} disabled`, `${failed} failed`];
      }),
      [
        'operations',
        operations.length,
        `${count(operations, 'outcome', 'succeeded')} succeeded`,
        `${operations.length - count(operations, 'outcome', 'succeeded')} failures`,
        '',
      ],
      ['commit → applied: the file of 119', waits(true).length, ...wait(true), ''],
      ['commit → applied: single changes', waits(false).length, ...wait(false), ''],
    ]);
    return mistakes;
  }

  /** Says what one change did to one person in the apps, and refuses one that took too long. */
  async step(what, userName, limitMs) {
    say(what);
    await this.settled();
    const [person] = await this.api.all(`/identities?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
    if (!person) throw new Error(`Nobody is called ${userName}.`);
    const operations = (await this.api.all(`/operations?identityId=${person.id}`)).filter(
      (operation) => operation.id > this.lastOperation,
    );
    if (operations.length === 0) throw new Error(`Nothing happened to ${userName}.`);
    tell(operations, this.apps);
    await this.markOperations();
    const slowest = Math.max(
      ...operations.map((operation) => new Date(operation.at) - new Date(operation.committedAt)),
    );
    if (limitMs !== undefined && slowest > limitMs)
      throw new Error(`It took ${slowest} ms, and must take at most ${limitMs}.`);
  }

  /** What comes after this mark belongs to the next step; ids are ordered by time. */
  async markOperations() {
    this.lastOperation = (await this.api.all('/operations')).at(-1)?.id ?? '';
  }

  async application(input) {
    const { id, check } = await this.api.post('/applications', input);
    say(`${input.name.padEnd(10)} ${check.summary}`);
    if (!check.ok) throw new Error(`${input.name} cannot be reached: ${check.summary}`);
    this.apps.set(id, input.name);
    return id;
  }

  async policy(name, condition, grants) {
    await this.api.post('/policies', { name, condition, grants, publish: true });
    say(`policy     ${name}: ${condition}`);
  }

  /** A signed event, as an HR system sends it. */
  async event(type, employee) {
    const at = new Date();
    const id = `evt_${randomUUID()}`;
    const body = JSON.stringify({ id, type, occurredAt: at.toISOString(), employee });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      'webhook-signature': this.world.sign(this.hr.webhookSecret, id, at, body),
    };
    const response = await fetch(this.hr.webhookUrl, { method: 'POST', headers, body });
    if (response.status !== 202) throw new Error(`The webhook answered ${response.status}: ${await response.text()}`);
  }

  async connectIdp() {
    const first = await this.world.startIdp({ acsUrl: 'http://127.0.0.1/unknown', audience: 'unknown' });
    const connection = await this.api.post('/saml-connections', {
      name: 'Identity provider',
      idpMetadataXml: await first.metadata(),
    });
    return { connection, idp: await first.restart({ acsUrl: connection.acsUrl, audience: connection.entityId }) };
  }

  /** What a browser does: our login page, the identity provider's, and its answer posted back. */
  async logIn(who) {
    const login = await fetch(this.connection.loginUrl, { redirect: 'manual' });
    const browser = login.headers.get('set-cookie').split(';')[0];
    const form = await this.idp.logIn(login.headers.get('location'), who);
    const acs = await fetch(this.connection.acsUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: browser },
      body: new URLSearchParams({ SAMLResponse: form.SAMLResponse, RelayState: form.RelayState }),
    });
    if (acs.status !== 303) return { status: acs.status, text: await acs.text() };
    this.cookie = acs.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .find((cookie) => cookie.startsWith('tenure='));
    const me = await fetch(`${this.world.credentials.url}/me`, { headers: { cookie: this.cookie } });
    return { status: acs.status, me: await me.json() };
  }

  /** Waits until nobody is behind: access computed, accounts applied, memberships as wanted in the apps. */
  async settled() {
    await until(
      'every account is applied',
      async () => {
        const [people, accounts] = await Promise.all([this.api.all('/identities'), this.api.all('/accounts')]);
        const failed = accounts.find((account) => account.state === 'failed');
        if (failed) throw new Error(`An account failed: ${JSON.stringify(failed.error)}`);
        return (
          people.every((person) => person.accessVersion === person.version) &&
          accounts.every((account) => account.appliedVersion === account.desiredVersion)
        );
      },
      60,
    );
    await until('the apps are as they must be', async () => (await this.mistakes()).length === 0, 20).catch(
      () => undefined,
    );
  }

  async mistakes() {
    const [people, directory, crm] = await Promise.all([
      this.api.all('/identities'),
      this.world.directory.state(),
      this.world.crm.read(),
    ]);
    return compareApps(people, directory, crm);
  }

  async checkApps() {
    const mistakes = await this.mistakes();
    if (mistakes.length > 0)
      throw new Error(`The apps are not as they must be:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
    say('read back from both apps: every account, group and role is as the policies want it');
    return mistakes;
  }
}
