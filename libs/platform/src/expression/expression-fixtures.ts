import type { ExpressionContext } from './expression-schema.js';

/** The identity of the specs: a part of the product's own, with one attribute of each type. */
export const CONDITION: ExpressionContext = {
  expects: 'boolean',
  variables: {
    identity: {
      department: 'string',
      country: 'string',
      startDate: 'string',
      isManager: 'bool',
      level: 'int',
      fte: 'double',
      groups: 'list<string>',
      custom: 'map',
    },
  },
};

export const VALUE: ExpressionContext = { ...CONDITION, expects: 'value' };

export const ADA = {
  department: 'Engineering',
  country: 'DE',
  startDate: '2026-01-31',
  isManager: true,
  level: 3,
  fte: 0.5,
  groups: ['staff', 'admins'],
  custom: { costCenter: 'CC-7', seats: 2, office: { floor: 4 } },
};
