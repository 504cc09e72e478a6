import { describe, expect, it } from '@jest/globals';
import { isUrgent, LIFECYCLE_EVENTS } from './lifecycle-events.js';

describe('isUrgent', () => {
  it('sends what takes access away through the urgent lane, and nothing else', () => {
    expect(LIFECYCLE_EVENTS.filter(isUrgent)).toEqual([
      'identity.leave_started',
      'identity.suspended',
      'identity.left',
    ]);
  });
});
