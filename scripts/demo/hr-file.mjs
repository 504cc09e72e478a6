// The HR file of the demo: Oracle's sample, a dozen future hires, in no order: managers come after their people.
import { readFile } from 'node:fs/promises';

export const SEED = 20261123;

/** The sample's headers are not Tenure's names, so the source gets a mapping: attribute → column. */
export const MAPPING = {
  employeeNumber: 'employee_number',
  givenName: 'first_name',
  familyName: 'last_name',
  email: 'email',
  'custom.phone': 'phone',
  startDate: 'hire_date',
  jobCode: 'job_code',
  title: 'job_title',
  department: 'department',
  location: 'city',
  country: 'country_code',
  managerEmployeeNumber: 'manager_employee_number',
};

const FUTURE = [
  ['301', 'Aiko', 'Tanaka', 'IT_PROG', 'Programmer', 'IT', '103'],
  ['302', 'Bram', 'de Wit', 'SA_REP', 'Sales Representative', 'Sales', '145'],
  ['303', 'Chidi', 'Okafor', 'SA_REP', 'Sales Representative', 'Sales', '145'],
  ['304', 'Dana', 'Novak', 'FI_ACCOUNT', 'Accountant', 'Finance', '108'],
  ['305', 'Elif', 'Yildiz', 'ST_CLERK', 'Stock Clerk', 'Shipping', '120'],
  ['306', 'Fatima', 'Zahra', 'ST_CLERK', 'Stock Clerk', 'Shipping', '121'],
  ['307', 'Giulia', 'Rossi', 'MK_REP', 'Marketing Representative', 'Marketing', '201'],
  ['308', 'Hugo', 'Lindqvist', 'SA_REP', 'Sales Representative', 'Sales', '146'],
  ['309', 'Ines', 'Carvalho', 'IT_PROG', 'Programmer', 'IT', '103'],
  ['310', 'Jonas', 'Weber', 'PU_CLERK', 'Purchasing Clerk', 'Purchasing', '114'],
  ['311', 'Kavya', 'Iyer', 'SH_CLERK', 'Shipping Clerk', 'Shipping', '123'],
  ['312', 'Liam', "O'Brien", 'AC_ACCOUNT', 'Public Accountant', 'Accounting', '205'],
];

/** @param {URL} employees the sample @returns {Promise<string>} a CSV file */
export async function hrFile(employees, today) {
  const [header, ...rows] = (await readFile(employees, 'utf8')).trim().split(/\r?\n/);
  const all = [...rows, ...FUTURE.map((person, index) => futureRow(person, index, today))];
  return `${[header, ...shuffle(all, SEED)].join('\n')}\n`;
}

function futureRow([number, first, last, jobCode, title, department, manager], index, today) {
  const hired = new Date(today.getTime() + (index + 2) * 7 * 86_400_000).toISOString().slice(0, 10);
  const email = `${first[0]}${last}`.toLowerCase().replaceAll(/[^a-z]/g, '');
  return [
    number,
    first,
    last,
    `${email}@example.com`,
    '',
    hired,
    jobCode,
    title,
    department,
    'Seattle',
    'US',
    'United States of America',
    manager,
  ].join(',');
}

/** The same order for the same seed (mulberry32, Fisher and Yates). */
function shuffle(rows, seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const shuffled = [...rows];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}
